// SPDX-License-Identifier: MPL-2.0
#include "payment/payment_rules.hpp"

#include <gtest/gtest.h>

namespace {

TEST(PaymentRules, ARefundIsDrawnFromOneChargeAfterTheOther) {
  const std::vector<payment::open_charge> charges{{"3", "c", 500}, {"2", "b", 0}, {"1", "a", 300}};
  using parts = std::vector<payment::refund_part>;
  EXPECT_EQ(payment::draw(0, charges), parts{});
  EXPECT_EQ(payment::draw(500, charges), (parts{{"3", "c", 500}}));
  EXPECT_EQ(payment::draw(501, charges), (parts{{"3", "c", 500}, {"1", "a", 1}}));
  const auto all = payment::draw(10'000, charges);
  EXPECT_EQ(all, (parts{{"3", "c", 500}, {"1", "a", 300}}));
  EXPECT_EQ(payment::sum_of(all), 800);
  EXPECT_EQ(payment::draw(10'000, {}), parts{});
}

TEST(PaymentRules, WhatOrderSaysIsChecked) {
  const money::amount some{1, "GBP"};
  EXPECT_TRUE(payment::check_subject("1", "c", some));
  EXPECT_EQ(payment::check_subject("", "c", some).error().where, "id");
  EXPECT_EQ(payment::check_subject("1", "", some).error().where, "customer");
  EXPECT_EQ(payment::check_subject("1", "c", {0, "GBP"}).error().where, "total");
  EXPECT_EQ(payment::check_subject("1", "c", {-5, "GBP"}).error().where, "total");
  EXPECT_EQ(payment::check_subject("1", "c", {1, "gbp"}).error().where, "total.currency");
  EXPECT_EQ(payment::check({std::string(201, 'x')}).error().where, "order_id");
}

}  // namespace
