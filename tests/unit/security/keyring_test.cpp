// SPDX-License-Identifier: MPL-2.0
#include "security/keyring.hpp"

#include <gtest/gtest.h>

#include "security/key_choice.hpp"
#include "support/test_keys.hpp"

namespace kith::security {
namespace {

using namespace kith::test;

std::string flaw_in(const std::string& text) {
  const auto ring = keyring::parse(text, "node.keys");
  return ring ? "" : ring.error().message;
}

TEST(Keyring, HasItsOwnPairAndKnowsOthersByTheirKeys) {
  const auto ring = keyring::parse(
      key_file(order_keys, {{"payment", payment_keys.public_key}}) + "# a comment\n", "node.keys");
  ASSERT_TRUE(ring) << ring.error().message;
  EXPECT_EQ(ring->own().public_key, order_keys.public_key);
  EXPECT_EQ(ring->own().secret_key, order_keys.secret_key);
  ASSERT_NE(ring->name_of(payment_keys.public_key), nullptr);
  EXPECT_EQ(*ring->name_of(payment_keys.public_key), "payment");
  EXPECT_EQ(ring->name_of(stranger_keys.public_key), nullptr);
  EXPECT_EQ(ring->name_of(""), nullptr);
  EXPECT_EQ(ring->name_of(order_keys.secret_key), nullptr);
}

TEST(Keyring, HasSeveralKeysForAServiceWhoseKeyIsBeingExchanged) {
  const auto both = order_keys.public_key + "  " + next_order_keys.public_key;
  const auto ring = keyring::parse(key_file(payment_keys, {{"order", both}}), "node.keys");
  ASSERT_TRUE(ring) << ring.error().message;
  EXPECT_EQ(*ring->name_of(order_keys.public_key), "order");
  EXPECT_EQ(*ring->name_of(next_order_keys.public_key), "order");
}

TEST(Keyring, SaysWhereAFileIsWrongAndWhatIsRight) {
  const auto good = key_file(order_keys, {});
  const std::string x(40, 'x');
  const std::pair<std::string, std::string> trials[] = {
      {"",
       "node.keys: the node's own keys are missing: own_public = \"...\" and own_secret = "
       "\"...\", 40 characters each"},
      {"own_public = '" + x + "'",
       "node.keys: the node's own keys are missing: own_public = "
       "\"...\" and own_secret = \"...\", 40 characters each"},
      {"own_secret = 'short'", "node.keys:1: own_secret: a key has 40 characters, this one has 5"},
      {good + "order = '" + std::string(39, 'x') + "~'",
       "node.keys:3: order: a key is 32 octets in Z85, this one is not"},
      {good + "order = '" + std::string(40, '#') + "'",
       "node.keys:3: order: a key is 32 octets in Z85, this one is not"},
      {good + "order = ''", "node.keys:3: order: its public key is missing"},
      {good + "'not a name' = '" + x + "'",
       "node.keys:3: the name of a service has 1 to 64 letters, digits, dots, dashes and "
       "underscores"},
      {good + "order = '" + x + "'\npayment = '" + x + "'",
       "node.keys:4: payment: that key stands for order already; a key stands for one service"},
      {good + "order = '" + x + "'\norder = '" + x + "'",
       "node.keys:4: order is set already at node.keys:3"},
  };
  for (const auto& [text, why] : trials) {
    EXPECT_EQ(flaw_in(text), why);
  }
}

TEST(Keyring, ShowsNoKeyInAnError) {
  const std::string secret = order_keys.secret_key;
  for (const auto& text :
       {"own_secret = '" + secret + "x'", "own_secret = '" + secret, "own_secret = " + secret,
        "own_secret = '" + secret + "' x", "'" + secret + "' = 'order'", secret + " = 1"}) {
    const auto why = flaw_in(text);
    EXPECT_FALSE(why.empty()) << text;
    EXPECT_EQ(why.find(secret.substr(0, 8)), std::string::npos) << why;
  }
}

TEST(KeyChoice, IsTheKeyOfTheServiceThatIsMeant) {
  const auto keys = ring_of(payment_keys);
  const key_choice fresh;
  EXPECT_EQ(fresh.choose(keys, "order")->key, order_keys.public_key);
  EXPECT_EQ(fresh.choose(keys, "stock"), nullptr) << "nobody knows its key";
}

TEST(KeyChoice, IsAnotherOneOfThatServiceAfterAFailure) {
  const auto keys =
      ring(payment_keys, {{"payment", payment_keys.public_key},
                          {"order", order_keys.public_key + " " + next_order_keys.public_key}});
  key_choice choice;
  EXPECT_EQ(choice.choose(keys, "order")->key, order_keys.public_key);
  choice.failed();
  EXPECT_EQ(choice.choose(keys, "order")->key, next_order_keys.public_key);
  choice.failed();
  EXPECT_EQ(choice.choose(keys, "order")->key, order_keys.public_key);
  EXPECT_EQ(choice.choose(keys, "payment")->key, payment_keys.public_key);
}

TEST(KeyChoice, IsEachKnownKeyInTurnWhereNobodySaidAName) {
  const auto keys = ring_of(payment_keys);
  key_choice choice;
  EXPECT_EQ(choice.choose(keys, "")->name, "order");
  choice.failed();
  EXPECT_EQ(choice.choose(keys, "")->name, "payment");
}

}  // namespace
}  // namespace kith::security
