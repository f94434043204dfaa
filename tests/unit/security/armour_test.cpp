// SPDX-License-Identifier: MPL-2.0
#include "security/armour.hpp"

#include <gtest/gtest.h>

#include "security/keys.hpp"

namespace kith::security {
namespace {

std::string armoured_text(std::size_t size) {
  bytes octets;
  for (std::size_t i = 0; i < size; ++i) {
    octets += static_cast<char>(i * 37 + 11);
  }
  return std::string{to_armour(certificate_label, octets).view()};
}

TEST(Armour, IsLinesOfBase64BetweenTwoThatSayWhatItIs) {
  EXPECT_EQ(to_armour(request_label, "any carnal pleasure.").view(),
            "-----BEGIN KITH REQUEST-----\nYW55IGNhcm5hbCBwbGVhc3VyZS4=\n"
            "-----END KITH REQUEST-----\n");
  const auto text = armoured_text(100);
  EXPECT_EQ(text.find('\n', 33), 33 + 64U) << text;
}

TEST(Armour, GivesTheSameOctetsBack) {
  for (std::size_t size = 0; size < 200; ++size) {
    const auto text = armoured_text(size);
    const auto read = from_armour(text);
    ASSERT_TRUE(read) << size;
    EXPECT_EQ(read->label, certificate_label);
    EXPECT_EQ(to_armour(certificate_label, read->octets.view()).view(), text);
  }
}

TEST(Armour, BearsWhatMailsDoToLines) {
  auto text = "\r\n\n" + armoured_text(100) + "\n \n";
  for (std::size_t at = 2; (at = text.find('\n', at)) != std::string::npos; at += 2) {
    text.insert(at, "\r");
  }
  EXPECT_TRUE(from_armour(text));
}

TEST(Armour, RefusesWhatIsNotOurs) {
  const auto good = armoured_text(100);
  auto other_sign = good;
  other_sign[50] = '-';
  auto unpadded = std::string{to_armour(request_label, "a").view()};
  unpadded.erase(unpadded.find('='), 2);
  auto stray_bits = std::string{to_armour(request_label, "a").view()};
  stray_bits[stray_bits.find("YQ") + 1] = 'R';
  for (const auto& wrong :
       {std::string{}, std::string{"-----BEGIN"}, good.substr(0, 100), good.substr(3), other_sign,
        unpadded, stray_bits, good + good, "x" + good,
        std::string{"-----BEGIN KITH CERTIFICATE-----\n-----END KITH REQUEST-----\n"},
        std::string{"-----BEGIN KITH CERTIFICATE-----END KITH CERTIFICATE-----"},
        std::string{"-----BEGIN RSA PRIVATE KEY-----\nYQ==\n-----END RSA PRIVATE KEY-----\n"}}) {
    const auto read = from_armour(wrong);
    ASSERT_FALSE(read) << wrong;
    EXPECT_EQ(read.error().kind, flaw_kind::malformed) << wrong;
  }
  EXPECT_EQ(from_armour(std::string(armour_limit + 1, 'a')).error().kind, flaw_kind::too_large);
}

TEST(Secret, MovesAndIsCut) {
  auto first = secret::copy_of("a long enough secret");
  auto second = std::move(first);
  EXPECT_EQ(second.view(), "a long enough secret");
  second.truncate(6);
  EXPECT_EQ(second.view(), "a long");
  secret third{3};
  third = std::move(second);
  EXPECT_EQ(third.view(), "a long");
}

}  // namespace
}  // namespace kith::security
