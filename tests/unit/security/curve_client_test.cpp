// SPDX-License-Identifier: MPL-2.0
#include "security/curve_client.hpp"

#include <gtest/gtest.h>

namespace kith::security {
namespace {

// That a server takes it for a client is for tests/integration/probe_test.py, with libzmq's.

curve_client client() {
  return {bytes(key_size, '\1'), curve_public(bytes(key_size, '\2')),
          bytes(curve_client::chance_size, '\3')};
}

TEST(Z85, OfAKeyIsReadAsItIsWritten) {
  const auto key = curve_public(bytes(key_size, '\5'));
  EXPECT_EQ(key_of_z85(z85_of(view_of(key))), key);
  // From zmq_curve_keypair(3).
  EXPECT_TRUE(key_of_z85("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"));
  EXPECT_FALSE(key_of_z85(""));
  EXPECT_FALSE(key_of_z85(std::string(40, '~')));
  EXPECT_FALSE(key_of_z85(std::string(40, '#')));  // more than 32 bits in five digits
  EXPECT_FALSE(key_of_z85(std::string(45, '0')));
}

TEST(CurveClient, BeginsWithVersionPaddingKeyNonceAndABox) {
  auto one = client();
  const auto hello = one.hello();
  ASSERT_EQ(hello.size(), 194U);
  EXPECT_EQ(hello.substr(0, 74), bytes("\1\0", 2) + bytes(72, '\0'));
  EXPECT_EQ(hello.substr(74, 32), view_of(curve_public(bytes(key_size, '\3'))));
  EXPECT_EQ(hello.substr(106, 8), bytes("\0\0\0\0\0\0\0\1", 8));
  EXPECT_EQ(client().hello(), hello);
}

TEST(CurveClient, TakesNothingThatWasNotSealedForIt) {
  auto one = client();
  EXPECT_FALSE(one.take_welcome(""));
  EXPECT_FALSE(one.take_welcome(bytes(160, '\0')));
  EXPECT_FALSE(one.take_welcome(bytes(161, '\0')));
  for (const std::size_t size : {0U, 7U, 8U, 23U, 24U, 100U}) {
    EXPECT_FALSE(one.open_ready(bytes(size, '\7'))) << size;
    EXPECT_FALSE(one.open_message(bytes(size, '\7'))) << size;
  }
}

}  // namespace
}  // namespace kith::security
