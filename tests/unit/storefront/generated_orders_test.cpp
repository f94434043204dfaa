// SPDX-License-Identifier: MPL-2.0
#include "storefront/generated_orders.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "payment/customer_card.hpp"

namespace {

using storefront::generated_orders;
using storefront::invoice;
using storefront::invoice_kind;

TEST(GeneratedOrders, AreTheSameForTheSameSeed) {
  const auto numbers_and_totals = [](std::uint64_t seed) {
    std::vector<std::pair<std::string, std::int64_t>> all;
    for (const auto& one : generated_orders({.seed = seed, .invoices = 200})) {
      all.emplace_back(one.customer, one.total.ten_thousandths);
    }
    return all;
  };
  EXPECT_EQ(numbers_and_totals(1), numbers_and_totals(1));
  EXPECT_NE(numbers_and_totals(1), numbers_and_totals(2));
}

TEST(GeneratedOrders, NeverChangeForTheDefaultSeed) {
  // The C++ standard fixes mt19937_64, and nothing else here depends on the library.
  std::int64_t sum = 0;
  for (const auto& one : generated_orders({})) {
    sum += one.total.ten_thousandths;
  }
  EXPECT_EQ(sum, 153'563'9720);
}

TEST(GeneratedOrders, AreWhatAShopWouldSend) {
  const auto all = generated_orders({.invoices = 600});
  ASSERT_EQ(all.size(), 600U);
  std::set<std::string> numbers;
  std::size_t returns = 0;
  for (const auto& one : all) {
    EXPECT_TRUE(numbers.insert(one.number).second) << one.number;
    EXPECT_FALSE(one.customer.empty());
    EXPECT_FALSE(one.lines.empty());
    EXPECT_EQ(one.rows, one.lines.size());
    EXPECT_EQ(one.kind == invoice_kind::goods_return, one.number.front() == 'C');
    EXPECT_EQ(one.kind == invoice_kind::goods_return, one.total.ten_thousandths < 0);
    returns += one.kind == invoice_kind::goods_return ? 1 : 0;
  }
  EXPECT_GE(returns, 600U * 3 / 100);
  EXPECT_LE(returns, 600U * 7 / 100);
}

TEST(GeneratedOrders, ReturnNoMoreThanWasOrderedBefore) {
  std::map<std::string, std::map<std::string, std::int64_t>> held;  // customer → stock code → left
  for (const auto& one : generated_orders({.invoices = 2000})) {
    for (const auto& line : one.lines) {
      auto& left = held[one.customer][line.stock_code];
      left += line.quantity;
      EXPECT_GE(left, 0) << one.number << ' ' << line.stock_code;
    }
  }
}

TEST(GeneratedOrders, BringEveryKindOfCard) {
  for (const std::uint64_t seed : {42U, 1U, 7U}) {
    std::map<std::string_view, int> orders;
    int count = 0;
    for (const auto& one : generated_orders({.seed = seed, .invoices = 600})) {
      if (one.kind == invoice_kind::order) {
        ++orders[payment::card_of_customer(one.customer).code];
        ++count;
      }
    }
    EXPECT_EQ(orders.size(), 1 + gateway::declining_cards().size()) << "seed " << seed;
    EXPECT_GE(count - orders[""], count * 5 / 100) << "seed " << seed;
  }
}

}  // namespace
