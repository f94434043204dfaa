// SPDX-License-Identifier: MPL-2.0
#include "payment/payment_rules.hpp"

#include <gtest/gtest.h>

namespace {

using payment::charge_state;
using payment::charge_step;
using payment::claim_holder;

TEST(PaymentRules, TheNextStepFollowsFromTheStateAndWhoHoldsIt) {
  struct row {
    charge_state state;
    claim_holder holder;
    charge_step next;
  };
  constexpr row table[] = {
      {charge_state::claimed, claim_holder::us, charge_step::charge},
      {charge_state::claimed, claim_holder::living, charge_step::wait},
      {charge_state::claimed, claim_holder::gone_or_stuck, charge_step::charge},
      {charge_state::captured, claim_holder::us, charge_step::tell},
      {charge_state::captured, claim_holder::living, charge_step::tell},
      {charge_state::declined, claim_holder::gone_or_stuck, charge_step::tell},
      {charge_state::voided, claim_holder::us, charge_step::nothing},
      {charge_state::voided, claim_holder::gone_or_stuck, charge_step::nothing},
  };
  for (const auto& [state, holder, next] : table) {
    EXPECT_EQ(payment::next_step(state, holder), next)
        << kith::enumerator_name(state) << " " << static_cast<int>(holder);
  }
}

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
