// SPDX-License-Identifier: MPL-2.0
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "payment/customer_card.hpp"
#include "storefront/online_retail.hpp"

namespace {

using storefront::invoice_kind;
using storefront::retail_book;
using storefront::row_class;

const retail_book& december() {
  static const retail_book book = [] {
    std::ifstream file{KITH_TEST_DATA "/online-retail/december-2010.csv", std::ios::binary};
    return storefront::read_online_retail(file, "december-2010.csv").value();
  }();
  return book;
}

std::string text_of(const money::amount& value) {
  return money::format(value, {.places = 3, .grouped = true});
}

TEST(December, AddsUpToThePenny) {
  const auto& book = december();
  EXPECT_EQ(book.rows, 42'481U);
  EXPECT_EQ(book.invoice_numbers, 2'025U);
  EXPECT_EQ(text_of(book.total), "748,957.020");
  EXPECT_EQ(book.of(row_class::order_line).rows, 41'480U);
  EXPECT_EQ(text_of(book.of(row_class::order_line).sum), "823,746.140");
  EXPECT_EQ(book.of(row_class::return_line).rows, 728U);
  EXPECT_EQ(text_of(book.of(row_class::return_line).sum), "-74,789.120");
  EXPECT_EQ(book.of(row_class::zero_price).rows, 273U);
  EXPECT_EQ(book.of(row_class::unparsed).rows, 0U);
  for (std::size_t kind = 0; kind < storefront::row_classes; ++kind) {
    const auto& account = book.classes[kind];
    std::cout << std::left << std::setw(18) << name_of(static_cast<row_class>(kind)) << std::right
              << std::setw(8) << account.rows << std::setw(16) << text_of(account.sum) << '\n';
  }
}

TEST(December, BecomesInvoicesWhoseTotalsAreItsClasses) {
  auto orders = money::zero("GBP");
  auto returns = money::zero("GBP");
  std::size_t order_count = 0;
  for (const auto& one : december().invoices) {
    const bool is_order = one.kind == invoice_kind::order;
    auto& sum = is_order ? orders : returns;
    sum = money::add(sum, one.total).value();
    order_count += is_order ? 1 : 0;
    EXPECT_EQ(one.total.ten_thousandths > 0, is_order) << one.number;
  }
  EXPECT_EQ(order_count, 1'559U);
  EXPECT_EQ(orders, december().of(row_class::order_line).sum);
  EXPECT_EQ(returns, december().of(row_class::return_line).sum);
}

TEST(December, HasTheOdditiesThatItsReadmeNames) {
  const auto& counts = december().oddities;
  EXPECT_EQ(counts.no_customer, 15'631U);
  EXPECT_EQ(counts.two_timestamps, 1U);
  EXPECT_EQ(counts.customer_conflicts, 0U);
  EXPECT_EQ(counts.scattered, 0U);
  EXPECT_EQ(counts.repaired_texts, 0U);
  EXPECT_GT(counts.trimmed, 0U);
  EXPECT_GT(counts.repeated_rows, 0U);
  EXPECT_GT(counts.case_variants, 0U);
}

TEST(December, BringsEveryKindOfDecline) {
  std::map<std::string_view, int> orders;
  int count = 0;
  for (const auto& one : december().invoices) {
    if (one.kind == invoice_kind::order) {
      ++orders[payment::card_of_customer(one.customer).code];
      ++count;
    }
  }
  EXPECT_EQ(orders.size(), 1 + gateway::declining_cards().size());
  EXPECT_GE(count - orders[""], count * 5 / 100);
  for (const auto& [code, number] : orders) {
    std::cout << std::left << std::setw(20) << (code.empty() ? "paid" : code) << number << '\n';
  }
}

}  // namespace
