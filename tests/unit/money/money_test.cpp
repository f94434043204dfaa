// SPDX-License-Identifier: MPL-2.0
#include "money/money.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace {

using money::amount;

constexpr auto largest = std::numeric_limits<std::int64_t>::max();
constexpr auto smallest = std::numeric_limits<std::int64_t>::min();

amount gbp(std::int64_t ten_thousandths) {
  return {ten_thousandths, "GBP"};
}

TEST(Money, ParsesDecimalsExactly) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"2.55", 25'500},
      {"0.001", 10},
      {"0.0001", 1},
      {"-11062.06", -110'620'600},
      {"0", 0},
      {"-0", 0},
      {"007", 70'000},
      {"1.5", 15'000},
      {"922337203685477.5807", largest},
      {"-922337203685477.5808", smallest},
  };
  for (const auto& [text, expected] : cases) {
    const auto parsed = money::parse(text, "GBP");
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().to_string();
    EXPECT_EQ(*parsed, gbp(expected)) << text;
  }
}

TEST(Money, RefusesWhatIsNotADecimalOfFourPlaces) {
  for (const char* text : {"", "-", ".", "1.", ".5", "1.00001", "1.2.3", "1,5", "1e3", "+1", " 1",
                           "1 ", "--1", "1-", "0x1", "NaN", "£1"}) {
    const auto parsed = money::parse(text, "GBP");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().what(), kith::errc::invalid_argument) << text;
    EXPECT_EQ(parsed.error().where, "amount");
  }
}

TEST(Money, SaysOverflowWhenANumberIsTooLarge) {
  for (const char* text : {"922337203685477.5808", "-922337203685477.5809", "922337203685478",
                           "99999999999999999999999999999999"}) {
    const auto parsed = money::parse(text, "GBP");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().what(), kith::errc::overflow) << text;
  }
}

TEST(Money, RefusesUnknownCurrencies) {
  const auto parsed = money::parse("1", "gbp");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().where, "currency");
}

TEST(Money, CalculatesWithinItsRange) {
  EXPECT_EQ(money::add(gbp(1), gbp(2)).value(), gbp(3));
  EXPECT_EQ(money::subtract(gbp(1), gbp(2)).value(), gbp(-1));
  EXPECT_EQ(money::multiply(gbp(25'500), -6).value(), gbp(-153'000));
  EXPECT_EQ(money::negate(gbp(5)).value(), gbp(-5));
  EXPECT_TRUE(std::is_lt(money::compare(gbp(1), gbp(2)).value()));
  EXPECT_TRUE(std::is_eq(money::compare(gbp(2), gbp(2)).value()));
}

TEST(Money, SaysOverflowInsteadOfWrapping) {
  EXPECT_EQ(money::add(gbp(largest), gbp(1)).error().what(), kith::errc::overflow);
  EXPECT_EQ(money::subtract(gbp(smallest), gbp(1)).error().what(), kith::errc::overflow);
  EXPECT_EQ(money::multiply(gbp(largest), 2).error().what(), kith::errc::overflow);
  EXPECT_EQ(money::negate(gbp(smallest)).error().what(), kith::errc::overflow);
}

TEST(Money, DoesNotMixCurrencies) {
  const amount euro{1, "EUR"};
  for (const auto& reason :
       {money::add(gbp(1), euro).error(), money::subtract(gbp(1), euro).error(),
        money::compare(gbp(1), euro).error()}) {
    EXPECT_EQ(reason.what(), kith::errc::invalid_argument);
    EXPECT_EQ(reason.where, "currency");
  }
}

TEST(Money, ShowsTwoDecimalsAndMoreWhenNeeded) {
  EXPECT_EQ(money::format(gbp(25'500)), "2.55");
  EXPECT_EQ(money::format(gbp(20'000)), "2.00");
  EXPECT_EQ(money::format(gbp(10)), "0.001");
  EXPECT_EQ(money::format(gbp(-1)), "-0.0001");
  EXPECT_EQ(money::format(gbp(20'000), {.places = 0}), "2");
  EXPECT_EQ(money::format(gbp(7'489'570'200), {.places = 3, .grouped = true}), "748,957.020");
  EXPECT_EQ(money::format(gbp(-1'000'0000), {.grouped = true}), "-1,000.00");
  EXPECT_EQ(money::format(gbp(999'0000), {.grouped = true}), "999.00");
  EXPECT_EQ(money::format(gbp(smallest)), "-922337203685477.5808");
  EXPECT_EQ(money::to_string(gbp(25'500)), "2.55 GBP");
}

TEST(Money, ReadsBackWhatItShows) {
  for (const std::int64_t value : {smallest, std::int64_t{-1}, std::int64_t{0},
                                   std::int64_t{12'345}, std::int64_t{1'000'000}, largest}) {
    EXPECT_EQ(money::parse(money::format(gbp(value)), "GBP").value(), gbp(value));
  }
}

}  // namespace
