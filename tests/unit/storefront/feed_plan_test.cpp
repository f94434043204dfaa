// SPDX-License-Identifier: MPL-2.0
#include "storefront/feed_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace storefront {
namespace {

invoice make(std::string customer, invoice_kind kind) {
  invoice made;
  made.customer = std::move(customer);
  made.kind = kind;
  return made;
}

constexpr auto order = invoice_kind::order;
constexpr auto goods_return = invoice_kind::goods_return;

std::vector<std::size_t> take_all(feed_plan& plan) {
  std::vector<std::size_t> taken;
  while (const auto next = plan.next()) {
    taken.push_back(*next);
  }
  return taken;
}

TEST(FeedPlan, OrdersOfOneCustomerRunSideBySide) {
  const std::vector<invoice> invoices{make("a", order), make("a", order), make("b", order)};
  feed_plan plan{invoices};
  EXPECT_EQ(take_all(plan), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(plan.open(), 3U);
}

TEST(FeedPlan, AReturnWaitsForWhatItsCustomerOrderedBefore) {
  const std::vector<invoice> invoices{make("a", order), make("a", goods_return),
                                      make("b", goods_return)};
  feed_plan plan{invoices};
  EXPECT_EQ(take_all(plan), (std::vector<std::size_t>{0, 2}));
  plan.settled(0);
  EXPECT_EQ(take_all(plan), (std::vector<std::size_t>{1}));
}

TEST(FeedPlan, WhatBecomesFreeGoesBeforeWhatFollowsItInTheInput) {
  const std::vector<invoice> invoices{make("a", order), make("a", goods_return), make("b", order),
                                      make("c", order)};
  feed_plan plan{invoices};
  EXPECT_EQ(plan.next(), 0U);
  EXPECT_EQ(plan.next(), 2U);
  plan.settled(0);
  EXPECT_EQ(plan.next(), 1U);
  EXPECT_EQ(plan.next(), 3U);
}

TEST(FeedPlan, WhatFollowsAReturnWaitsForIt) {
  const std::vector<invoice> invoices{make("a", goods_return), make("a", order),
                                      make("a", goods_return)};
  feed_plan plan{invoices};
  EXPECT_EQ(take_all(plan), (std::vector<std::size_t>{0}));
  plan.settled(0);
  EXPECT_EQ(take_all(plan), (std::vector<std::size_t>{1}));
  plan.settled(1);
  EXPECT_EQ(take_all(plan), (std::vector<std::size_t>{2}));
  plan.settled(2);
  EXPECT_TRUE(plan.done());
}

TEST(FeedPlan, EveryInvoiceIsPlacedOnceInWhateverOrderTheySettle) {
  std::mt19937_64 chance{7};
  std::vector<invoice> invoices;
  for (int i = 0; i < 500; ++i) {
    invoices.push_back(
        make(std::to_string(chance() % 20), chance() % 4 == 0 ? goods_return : order));
  }
  feed_plan plan{invoices};
  std::vector<std::size_t> open;
  std::vector<int> placed(invoices.size());
  while (!plan.done()) {
    for (const auto index : take_all(plan)) {
      ++placed[index];
      const bool alone = std::none_of(open.begin(), open.end(), [&](std::size_t other) {
        return invoices[other].customer == invoices[index].customer &&
               (invoices[other].kind == goods_return || invoices[index].kind == goods_return);
      });
      EXPECT_TRUE(alone) << "invoice " << index << " beside another one of its customer";
      open.push_back(index);
    }
    ASSERT_FALSE(open.empty()) << "the plan is stuck";
    const auto pick = chance() % open.size();
    plan.settled(open[pick]);
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  EXPECT_TRUE(std::all_of(placed.begin(), placed.end(), [](int n) { return n == 1; }));
}

}  // namespace
}  // namespace storefront
