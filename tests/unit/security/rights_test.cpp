// SPDX-License-Identifier: MPL-2.0
#include "security/rights.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "unit/security/trust_keys.hpp"

namespace kith::security {
namespace {

using test::rights_of;

TEST(Rights, CoverNamesAndWhatIsBelowThem) {
  struct trial {
    std::vector<std::string> given;
    std::string name;
    bool covered;
  };
  const trial trials[] = {
      {{"order"}, "order", true},
      {{"order"}, "order.get", true},
      {{"order"}, "order.item.get", true},
      {{"order"}, "orders", false},
      {{"order"}, "orders.get", false},
      {{"order"}, "orde", false},
      {{"order"}, "", false},
      {{"order"}, "Order.get", false},
      {{"order."}, "order", false},
      {{"order."}, "order.get", true},
      {{"order."}, "orders.get", false},
      {{"order.get"}, "order.get", true},
      {{"order.get"}, "order.getall", false},
      {{"order.get"}, "order", false},
      {{"*"}, "order.get", true},
      {{"*"}, "", true},
      {{"*"}, "kith", true},
      {{"*"}, "kithara", true},
      {{"*"}, "kith.tap", false},
      {{"kith.tap"}, "kith.tap", true},
      {{"kith.tap"}, "kith.books", false},
      {{"kith."}, "kith.tap", true},
      {{"kith"}, "kith.tap", true},
      {{"*", "kith.tap"}, "kith.tap", true},
      {{"payment", "order"}, "order.get", true},
      {{"payment", "order"}, "gateway.charge", false},
      {{}, "order.get", false},
      {{}, "", false},
  };
  for (const auto& [given, name, covered] : trials) {
    EXPECT_EQ(rights_of(given).cover(name), covered)
        << testing::PrintToString(given) << " and \"" << name << '"';
  }
}

TEST(Rights, CoverAPrefixWhenEveryNameThatBeginsSoIsCovered) {
  struct trial {
    std::vector<std::string> given;
    std::string prefix;
    bool covered;
  };
  const trial trials[] = {
      {{"order."}, "order.", true},
      {{"order."}, "order.pl", true},
      {{"order."}, "order", false},  // "orders" begins so, too
      {{"order."}, "", false},
      {{"order"}, "order.", true},
      {{"order"}, "order.pl", true},
      {{"order"}, "order", false},
      {{"order"}, "orders", false},
      {{"order.placed"}, "order.placed.", true},
      {{"order.placed"}, "order.", false},
      {{"*"}, "order", true},
      {{"*"}, "", false},
      {{"*"}, "k", false},
      {{"*"}, "kith", false},
      {{"*"}, "kith.", false},
      {{"*"}, "kitha", true},
      {{"*", "kith."}, "", true},
      {{"*", "kith"}, "k", true},
      {{"*", "kith.tap"}, "", false},
      {{"kith."}, "", false},
      {{"kith."}, "kith.", true},
      {{"kith."}, "kith.log.", true},
      {{}, "", false},
      {{}, "order.", false},
  };
  for (const auto& [given, prefix, covered] : trials) {
    EXPECT_EQ(rights_of(given).cover_all(prefix), covered)
        << testing::PrintToString(given) << " and \"" << prefix << '"';
  }
}

/// Few letters, so that texts often begin alike.
std::string random_text(random_source& random, std::string_view signs, std::size_t limit) {
  std::string text;
  for (auto size = random.below(limit + 1); size > 0; --size) {
    text += signs[random.below(signs.size())];
  }
  return text;
}

TEST(Rights, NeverCoverAPrefixOfANameThatTheyDoNotCover) {
  random_source random{7};
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::string> given;
    for (auto count = random.below(4); count > 0; --count) {
      given.push_back(random.below(5) == 0 ? "*" : "k" + random_text(random, "ith.k", 5));
    }
    if (random.below(4) == 0) {
      given.emplace_back("kith.");
    }
    const auto prefix = random_text(random, "kith.", 6);
    const auto name = (random.below(2) == 0 ? prefix : "kith.") + random_text(random, "kith.", 4);
    const auto made = rights_of(given);
    if (name.starts_with(prefix) && made.cover_all(prefix)) {
      EXPECT_TRUE(made.cover(name))
          << testing::PrintToString(given) << ' ' << prefix << ' ' << name;
    }
  }
}

TEST(Rights, AreSortedAndEachStandsThereOnce) {
  EXPECT_EQ(rights_of({"b", "a", "b", "*"}).list(), (std::vector<std::string>{"*", "a", "b"}));
}

TEST(Rights, AreRefusedByFieldAndPlace) {
  for (const auto* wrong :
       {"", ".", ".order", "order get", "order*", "**", "ord\xc3\xa9r", "a\n"}) {
    const auto made = rights::of({"order", wrong}, "calls");
    ASSERT_FALSE(made) << wrong;
    EXPECT_EQ(made.error().kind, flaw_kind::malformed);
    EXPECT_EQ(made.error().where, "calls[1]");
  }
  EXPECT_TRUE(rights::of({std::string(64, 'a')}, "calls"));
  EXPECT_FALSE(rights::of({std::string(65, 'a')}, "calls"));
  std::vector<std::string> many;
  for (std::size_t i = 0; i < most_rights; ++i) {
    many.push_back("order." + std::to_string(i));
  }
  EXPECT_TRUE(rights::of(many, "calls"));
  many.emplace_back("payment");
  const auto made = rights::of(many, "calls");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, flaw_kind::too_large);
  EXPECT_EQ(made.error().where, "calls");
}

}  // namespace
}  // namespace kith::security
