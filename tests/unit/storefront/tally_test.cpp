// SPDX-License-Identifier: MPL-2.0
#include "storefront/tally.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

namespace storefront {
namespace {

using namespace std::chrono_literals;

money::amount pounds(std::int64_t ten_thousandths) {
  return {ten_thousandths, "GBP"};
}

/// Two orders of 15.30 and 2.00, and a return of 5.00.
retail_book three_invoices() {
  std::istringstream input{
      "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
      "1,85123A,LANTERN,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
      "2,71053,HEART,1,12/1/2010 8:27,2.00,17851,United Kingdom\n"
      "C3,71053,HEART,-1,12/1/2010 8:28,5.00,17851,United Kingdom\n"};
  auto read = read_online_retail(input, "three.csv");
  EXPECT_TRUE(read) << (read ? "" : read.error().to_string());
  return read ? *read : retail_book{};
}

settlement paid(std::int64_t captured) {
  settlement how;
  how.captured = pounds(captured);
  return how;
}
settlement declined(std::int64_t sum) {
  settlement how;
  how.declined = pounds(sum);
  how.decline_code = "insufficient_funds";
  return how;
}
settlement returned(std::int64_t refunded, std::int64_t unmatched) {
  settlement how;
  how.kind = invoice_kind::goods_return;
  how.refunded = pounds(refunded);
  how.unmatched = pounds(unmatched);
  return how;
}

bool adds_up(const std::vector<settlement>& all) {
  tally results{"GBP"};
  for (const auto& how : all) {
    EXPECT_TRUE(results.settled(how, 1ms));
  }
  const auto verdict = results.balance(three_invoices());
  EXPECT_TRUE(verdict);
  return verdict && verdict->adds_up;
}

TEST(Tally, EachInvoiceIsCapturedDeclinedRefundedOrUnmatched) {
  EXPECT_TRUE(adds_up({paid(15'3000), paid(2'0000), returned(2'0000, -3'0000)}));
  EXPECT_TRUE(adds_up({paid(15'3000), declined(2'0000), returned(0, -5'0000)}));
}

TEST(Tally, ATenThousandthIsMissed) {
  EXPECT_FALSE(adds_up({paid(15'2999), paid(2'0000), returned(2'0000, -3'0000)}));
  EXPECT_FALSE(adds_up({paid(15'3000), paid(2'0000), returned(2'0001, -3'0000)}));
  EXPECT_FALSE(adds_up({paid(15'3000), declined(2'0001), returned(0, -5'0000)}));
}

TEST(Tally, WhatIsNotSettledOrSettledTwiceIsMissed) {
  EXPECT_FALSE(adds_up({paid(15'3000), paid(2'0000)}));
  EXPECT_FALSE(adds_up({paid(15'3000), paid(2'0000), paid(2'0000), returned(2'0000, -3'0000)}));
}

TEST(Tally, AnOverflowAndAnotherCurrencyAreErrors) {
  tally results{"GBP"};
  ASSERT_TRUE(results.settled(paid(std::numeric_limits<std::int64_t>::max()), 1ms));
  const auto overflow = results.settled(paid(1), 1ms);
  ASSERT_FALSE(overflow);
  EXPECT_EQ(overflow.error().what(), kith::errc::overflow);
  settlement in_euro;
  in_euro.refunded = {1, "EUR"};
  EXPECT_FALSE(results.settled(in_euro, 1ms));
}

TEST(Tally, TheTableHasEveryDeclineCodeWithItsNumber) {
  tally results{"GBP"};
  ASSERT_TRUE(results.settled(declined(2'0000), 1ms));
  const auto verdict = results.balance(three_invoices());
  ASSERT_TRUE(verdict);
  EXPECT_NE(verdict->table.find("insufficient_funds: 1"), std::string::npos) << verdict->table;
}

}  // namespace
}  // namespace storefront
