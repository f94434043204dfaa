// SPDX-License-Identifier: MPL-2.0
#include "money/currency.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace {

TEST(Currency, KnowsMinorUnits) {
  EXPECT_EQ(money::find_currency("GBP")->minor_units, 2);
  EXPECT_EQ(money::find_currency("JPY")->minor_units, 0);
  EXPECT_EQ(money::find_currency("KWD")->minor_units, 3);
  EXPECT_EQ(money::find_currency("CLF")->minor_units, 4);
  EXPECT_EQ(money::find_currency("XAU")->minor_units, std::nullopt);
}

TEST(Currency, RefusesWhatIsNotAnActiveCode) {
  for (const char* code : {"", "GB", "GBPX", "gbp", "ZZZ", "HRK", "D A", "   ", "G\0P"}) {
    EXPECT_FALSE(money::find_currency(code)) << code;
    const auto checked = money::check_currency(code);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().where, "currency");
  }
}

TEST(Currency, ListsEachCodeOnceInOrder) {
  const auto all = money::active_currencies();
  EXPECT_TRUE(
      std::is_sorted(all.begin(), all.end(), [](auto& a, auto& b) { return a.code < b.code; }));
  EXPECT_FALSE(all.empty());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  for (const auto& one : all) {
    EXPECT_EQ(money::find_currency(one.code), one);
  }
}

}  // namespace
