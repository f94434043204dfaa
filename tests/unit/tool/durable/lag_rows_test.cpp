// SPDX-License-Identifier: MPL-2.0
#include "kith/durable/lag_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kith::tool {
namespace {

lag_info info_of(std::uint64_t applied, std::uint64_t last) {
  lag_info one;
  one.group = "payment";
  one.log = "0123456789abcdef";
  one.service = "order";
  one.holder = "payment-1";
  one.applied = applied;
  one.last = last;
  one.trouble = "none";
  return one;
}

log_status status_of(std::uint64_t last, std::vector<log_reader_info> readers = {}) {
  log_status status;
  status.log = "0123456789abcdef";
  status.last = last;
  status.readers = std::move(readers);
  return status;
}

TEST(LagRows, WhoWorksTheLogKnowsWhatIsWrong) {
  auto mine = info_of(5, 9);
  mine.mine = true;
  mine.trouble = "gap";
  mine.why = "it was cut";
  auto other = info_of(4, 12);
  other.trouble = "unreachable";
  for (const auto& told : {std::vector<told_lag>{{"payment", {{mine}}}, {"payment", {{other}}}},
                           std::vector<told_lag>{{"payment", {{other}}}, {"payment", {{mine}}}}}) {
    const auto rows = lag_rows(told, {});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].of, "payment");
    EXPECT_EQ(rows[0].applied, 5U);
    EXPECT_EQ(rows[0].last, 12U) << "the highest that anybody has heard of";
    EXPECT_EQ(rows[0].lag, 7U);
    EXPECT_EQ(rows[0].trouble, "gap");
    EXPECT_EQ(rows[0].why, "it was cut");
  }
}

TEST(LagRows, TheLogItselfKnowsHowFarItHasGot) {
  const auto rows =
      lag_rows({{"payment", {{info_of(5, 5)}}}}, {{"order", "order-1", status_of(1000)}});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].last, 1000U);
  EXPECT_EQ(rows[0].lag, 995U);
  EXPECT_EQ(rows[0].trouble, "none");
}

TEST(LagRows, AGroupOfWhichNobodyAnswersIsKnownToTheLog) {
  const auto rows = lag_rows(
      {{"payment", {{info_of(5, 5)}}}},
      {{"order", "order-1", status_of(9, {{"payment", 4, 0}, {"reports", 3, 1'000'000}})}});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].applied, 5U) << "its own word counts";
  EXPECT_EQ(rows[1].group, "reports");
  EXPECT_EQ(rows[1].of, "");
  EXPECT_EQ(rows[1].service, "order");
  EXPECT_EQ(rows[1].lag, 6U);
  EXPECT_EQ(rows[1].trouble, "absent");
  EXPECT_THAT(rows[1].why, testing::HasSubstr("1970-01-01T00:00:01"));
  EXPECT_EQ(rows_about(rows, "order").size(), 2U);
  EXPECT_EQ(rows_about(rows, "payment").size(), 1U);
  EXPECT_EQ(rows_about(rows, "reports").size(), 1U);
  EXPECT_EQ(rows_about(rows, "stock").size(), 0U);
}

TEST(LagRows, SaysWhenSomebodyShouldLook) {
  lag_row row;
  row.trouble = "none";
  row.lag = 10;
  EXPECT_FALSE(is_behind(row, 10));
  EXPECT_TRUE(is_behind(row, 9));
  row.dead = 1;
  EXPECT_TRUE(is_behind(row, 10));
  row.dead = 0;
  row.trouble = "gap";
  EXPECT_TRUE(is_behind(row, 10));
}

TEST(LagRows, IsATable) {
  auto stopped = info_of(5, 9);
  stopped.holder.clear();
  stopped.trouble = "gap";
  stopped.why = "cut";
  EXPECT_EQ(lag_table(lag_rows({{"payment", {{stopped}}}}, {}), false),
            "GROUP    LOG       SERVICE  APPLIED  LAST  LAG  DEAD  HOLDER  TROUBLE\n"
            "payment  01234567  order          5     9    4     0  -       gap: cut\n");
}

}  // namespace
}  // namespace kith::tool
