// SPDX-License-Identifier: MPL-2.0
#include "storefront/online_retail.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using storefront::invoice_kind;
using storefront::retail_book;
using storefront::row_class;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* header =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

retail_book book_of(const std::string& rows) {
  std::istringstream input{header + rows};
  return storefront::read_online_retail(input, "test.csv").value();
}

class Oddities : public testing::Test {
 protected:
  static retail_book read() {
    std::ifstream file{KITH_SOURCE_DIR "/tests/unit/storefront/fixtures/oddities.csv",
                       std::ios::binary};
    return storefront::read_online_retail(file, "oddities.csv").value();
  }
  const storefront::invoice& invoice(std::string_view number) const {
    for (const auto& one : book.invoices) {
      if (one.number == number) {
        return one;
      }
    }
    throw std::out_of_range{std::string{number}};
  }
  std::string sum(row_class kind) const { return money::to_string(book.of(kind).sum); }

  const retail_book book = read();
};

TEST_F(Oddities, AreAccountedForByClass) {
  EXPECT_EQ(book.rows, 1028U);
  EXPECT_EQ(book.of(row_class::order_line).rows, 1013U);
  EXPECT_EQ(sum(row_class::order_line), "67.91 GBP");
  EXPECT_EQ(book.of(row_class::return_line).rows, 3U);
  EXPECT_EQ(sum(row_class::return_line), "-30.60 GBP");
  EXPECT_EQ(book.of(row_class::adjustment).rows, 1U);
  EXPECT_EQ(sum(row_class::adjustment), "-11062.06 GBP");
  EXPECT_EQ(book.of(row_class::zero_price).rows, 2U);
  EXPECT_EQ(sum(row_class::zero_price), "0.00 GBP");
  EXPECT_EQ(book.of(row_class::stock_adjustment).rows, 1U);
  EXPECT_EQ(sum(row_class::stock_adjustment), "-4.50 GBP");
  EXPECT_EQ(book.of(row_class::unparsed).rows, 8U);
  EXPECT_EQ(money::to_string(book.total), "-11029.25 GBP");
}

TEST_F(Oddities, AreReportedWithTheirLineWhenTheyDoNotParse) {
  std::vector<std::uint64_t> lines;
  for (const auto& problem : book.problems) {
    lines.push_back(problem.line);
  }
  EXPECT_THAT(lines, ElementsAre(16, 17, 18, 19, 20, 24, 25, 27));
  EXPECT_THAT(book.problems[2].message, HasSubstr("Quantity \"six\""));
  EXPECT_THAT(book.problems[3].message, HasSubstr("5 fields"));
  EXPECT_THAT(book.problems[4].message, HasSubstr("never closed"));
}

TEST_F(Oddities, AreCounted) {
  const auto& counts = book.oddities;
  EXPECT_EQ(counts.trimmed, 3U);
  EXPECT_EQ(counts.empty_descriptions, 2U);
  EXPECT_EQ(counts.no_customer, 5U);
  EXPECT_EQ(counts.repeated_rows, 1U);
  EXPECT_EQ(counts.fine_prices, 1U);
  EXPECT_EQ(counts.repaired_texts, 1U);
  EXPECT_EQ(counts.case_variants, 1U);
  EXPECT_EQ(counts.customer_conflicts, 1U);
  EXPECT_EQ(counts.two_timestamps, 1U);
  EXPECT_EQ(counts.scattered, 1U);
  EXPECT_EQ(counts.large_invoices, 1U);
  EXPECT_EQ(book.invoice_numbers, 13U);
}

TEST_F(Oddities, BecomeInvoicesInTheOrderOfTheFile) {
  std::vector<std::string> numbers;
  for (const auto& one : book.invoices) {
    numbers.push_back(one.number);
  }
  EXPECT_THAT(numbers, ElementsAre("600001", "600002", "C600003", "600007", "600008", "600009",
                                   "C600010", "C600011", "600015", "600016"));
}

TEST_F(Oddities, KeepTheirTexts) {
  const auto& first = invoice("600001");
  EXPECT_EQ(first.customer, "17850");
  EXPECT_EQ(first.first_line, 2U);
  EXPECT_EQ(first.rows, 4U);
  EXPECT_EQ(first.timestamp, "2011-01-04 10:00:00");
  EXPECT_EQ(first.lines[0].description, "CANDLE, IVORY");
  EXPECT_EQ(first.lines[1].description, "FRAME 7\" SINGLE");
  EXPECT_EQ(first.lines[1].stock_code, "10002b");
  EXPECT_EQ(first.lines[2].description, "\"STAR\"");
  EXPECT_EQ(first.lines[2].stock_code, "10002B");
  EXPECT_EQ(money::format(first.total), "21.15");
  EXPECT_EQ(invoice("600007").lines[0].description, "VOUCHER £40.00");
  EXPECT_EQ(invoice("600007").lines[1].description, "TWO\r\nLINES");
  EXPECT_EQ(invoice("600008").lines[0].description,
            "LATIN \xef\xbf\xbd"
            "5");
  EXPECT_EQ(invoice("600016").lines.size(), 1001U);
}

TEST_F(Oddities, NameGuestsByTheirInvoice) {
  EXPECT_TRUE(invoice("600002").guest);
  EXPECT_EQ(invoice("600002").customer, "guest-600002");
  EXPECT_EQ(invoice("600002").lines[1].description, "LATE ROW");
}

TEST_F(Oddities, AskBackNothingForAReturnThatCharges) {
  EXPECT_EQ(invoice("C600003").kind, invoice_kind::goods_return);
  EXPECT_EQ(money::format(asked_back(invoice("C600003")).value()), "5.10");
  EXPECT_EQ(money::format(invoice("C600011").total), "2.00");
  EXPECT_EQ(money::format(asked_back(invoice("C600011")).value()), "0.00");
  EXPECT_EQ(money::format(asked_back(invoice("600001")).value()), "0.00");
}

TEST(OnlineRetail, TakesTheFirstCustomerThatAnInvoiceNames) {
  const auto book = book_of(
      "1,a,,1,t,1,,X\n"
      "1,b,,1,t,1,17850.0,X\n"
      "1,c,,1,t,1,,X\n");
  ASSERT_EQ(book.invoices.size(), 1U);
  EXPECT_EQ(book.invoices[0].customer, "17850");
  EXPECT_FALSE(book.invoices[0].guest);
  EXPECT_EQ(book.oddities.customer_conflicts, 0U);
}

TEST(OnlineRetail, CountsARowThatOverflowsItsInvoiceAsUnparsed) {
  const auto book = book_of(
      "1,a,,1,t,900000000000000,,X\n"
      "1,b,,1,t,900000000000000,,X\n"
      "2,c,,1,t,2,,X\n");
  EXPECT_EQ(book.of(row_class::unparsed).rows, 1U);
  EXPECT_EQ(book.problems[0].line, 3U);
  EXPECT_EQ(book.invoices[0].lines.size(), 1U);
  EXPECT_EQ(book.invoices.size(), 2U);
}

TEST(OnlineRetail, FailsWhenASumOverAllRowsOverflows) {
  std::istringstream input{std::string{header} +
                           "1,a,,1,t,900000000000000,,X\n"
                           "2,b,,1,t,900000000000000,,X\n"};
  const auto book = storefront::read_online_retail(input, "test.csv");
  ASSERT_FALSE(book);
  EXPECT_EQ(book.error().what(), kith::errc::overflow);
}

TEST(OnlineRetail, NamesTheFileAndTheColumnThatIsMissing) {
  std::istringstream input{"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,CustomerID\n"};
  const auto book = storefront::read_online_retail(input, "orders.csv");
  ASSERT_FALSE(book);
  EXPECT_EQ(book.error().what(), kith::errc::bad_config);
  EXPECT_THAT(book.error().message, HasSubstr("orders.csv, line 1: no column is called UnitPrice"));
}

TEST(OnlineRetail, RefusesAnEmptyFileAnUnreadableOneAndTooManyRows) {
  std::istringstream empty;
  EXPECT_EQ(storefront::read_online_retail(empty, "x").error().what(), kith::errc::bad_config);
  std::ifstream directory{KITH_SOURCE_DIR};
  EXPECT_EQ(storefront::read_online_retail(directory, "x").error().what(), kith::errc::io_error);
  std::istringstream long_one{std::string{header} + "1,a,,1,t,1,,X\n1,b,,1,t,1,,X\n"};
  EXPECT_EQ(storefront::read_online_retail(long_one, "x", "GBP", {.rows = 1}).error().what(),
            kith::errc::too_large);
}

TEST(OnlineRetail, KeepsABoundedNumberOfProblems) {
  std::string rows = header;
  for (int i = 0; i < 20; ++i) {
    rows += "bad\n";
  }
  std::istringstream input{rows};
  const auto book = storefront::read_online_retail(input, "x", "GBP", {.problems = 5}).value();
  EXPECT_EQ(book.problems.size(), 5U);
  EXPECT_EQ(book.of(row_class::unparsed).rows, 20U);
}

}  // namespace
