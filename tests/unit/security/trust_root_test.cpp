// SPDX-License-Identifier: MPL-2.0
#include "security/trust_root.hpp"

#include <gtest/gtest.h>

#include "unit/security/trust_keys.hpp"

namespace kith::security {
namespace {

using namespace test;

constexpr auto passphrase = "correct horse battery staple";
constexpr sealing_cost cheap{1, 8};

bytes sealed() {
  return seal_root("plant", root_key(), passphrase, std::string(sealing_chance, 'n'), cheap)
      .value();
}

TEST(TrustRoot, IsOpenedByItsPassphrase) {
  const auto opened = unseal_root(sealed(), passphrase);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->root, plant_root());
  EXPECT_EQ(opened->key.seed(), root_key().seed());
}

TEST(TrustRoot, HoldsItsSecretInNoOctetThatIsSeen) {
  const auto octets = sealed();
  EXPECT_EQ(octets.find(root_key().seed().substr(0, 8)), bytes::npos);
  EXPECT_EQ(octets.find("correct"), bytes::npos);
}

TEST(TrustRoot, IsNotOpenedByAnotherPassphrase) {
  for (const auto* wrong : {"", "correct horse battery stapl", "correct horse battery staple "}) {
    const auto opened = unseal_root(sealed(), wrong);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, flaw_kind::wrong_passphrase);
    EXPECT_EQ(opened.error().message,
              "the passphrase is not that of this root, or its file was changed");
  }
}

TEST(TrustRoot, WithAnyOctetChangedIsNotOpened) {
  const auto good = sealed();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto octets = good;
    octets[i] = static_cast<char>(octets[i] ^ (i >= 33 && i < 41 ? 0x80 : 1));
    EXPECT_FALSE(unseal_root(octets, passphrase)) << i;
    EXPECT_FALSE(unseal_root(good.substr(0, i), passphrase)) << i;
  }
  EXPECT_FALSE(unseal_root(good + "x", passphrase));
}

TEST(TrustRoot, AsksForNoMoreThanItsReaderAllows) {
  for (const auto& [passes, memory] : {std::pair{0U, 8U}, {17U, 8U}, {1U, 7U}, {1U, 1048577U}}) {
    const auto made = seal_root("plant", root_key(), passphrase, std::string(sealing_chance, 'n'),
                                {passes, memory});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().where, "cost");
  }
  auto greedy = sealed();
  greedy.replace(37, 4, "\x7f\xff\xff\xff");
  EXPECT_EQ(unseal_root(greedy, passphrase).error().where, "cost");
}

TEST(TrustRoot, HasAPublicHalfForEveryNode) {
  const auto octets = encode(plant_root());
  ASSERT_TRUE(octets);
  EXPECT_EQ(*decode_trust_root(*octets), plant_root());
  for (std::size_t size = 0; size < octets->size(); ++size) {
    EXPECT_FALSE(decode_trust_root(octets->substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_trust_root(*octets + "x"));
  EXPECT_EQ(decode_trust_root("\2" + octets->substr(1)).error().kind,
            flaw_kind::unsupported_version);
  EXPECT_FALSE(encode(trust_root{"no name", {}}));
  EXPECT_FALSE(seal_root("", root_key(), passphrase, std::string(sealing_chance, 'n'), cheap));
}

}  // namespace
}  // namespace kith::security
