// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include "payment/open_effects.hpp"
#include "payment/payment_schema.hpp"
#include "payment/refund_store.hpp"

namespace {

using payment::charge_record;
using payment::charge_state;
using payment::charge_store;
using payment::intent;
using payment::refund_record;
using payment::refund_store;

const payment::gateway_answer refused = payment::declined{"lost_card", "it was lost", false};

class PaymentStore : public testing::Test {
 protected:
  PaymentStore() { data_.migrate("payment", payment::migrations); }

  template <class F>
  auto run(F work) {
    return data_.transaction(work);
  }
  static intent order(const std::string& id, std::int64_t amount = 1000,
                      const std::string& customer = "17850") {
    return {id, customer, {amount, "GBP"}};
  }
  charge_record claim(const intent& what) {
    return run([&](kith::transaction& tx) { return charge_store::claim(tx, what, 1); });
  }
  charge_record decide(const std::string& id, const payment::gateway_answer& answer) {
    return run([&](kith::transaction& tx) { return charge_store::decide(tx, id, answer, 2); });
  }
  void capture(const std::string& id, std::int64_t amount, const std::string& customer = "17850") {
    claim(order(id, amount, customer));
    decide(id, payment::approved{"auth-" + id});
  }
  refund_record give_back(const std::string& id, std::int64_t amount) {
    return run([&](kith::transaction& tx) {
      return refund_store::open_for_return(tx, order(id, amount), 3);
    });
  }
  std::optional<refund_record> cancel(const std::string& id) {
    return run([&](kith::transaction& tx) {
      return refund_store::open_for_cancellation(tx, order(id), 3);
    });
  }
  refund_record record(const refund_record& opened, std::size_t approved_parts,
                       std::size_t refused_parts = 0) {
    std::vector<refund_store::part_answer> answers;
    for (std::size_t i = 0; i < approved_parts + refused_parts; ++i) {
      answers.push_back({opened.parts.at(i), payment::approved{"back"}});
      if (i >= approved_parts) {
        answers.back().answer = payment::declined{"no", "no", false};
      }
    }
    return run(
        [&](kith::transaction& tx) { return refund_store::record(tx, opened.id, answers, 4); });
  }
  std::int64_t refunded_of(const std::string& id) {
    return run([&](kith::transaction& tx) { return charge_store::find(tx, id); })
        ->payment.refunded.ten_thousandths;
  }

  kith::database data_ = kith::database::open(":memory:");
};

TEST_F(PaymentStore, ClaimsOnce) {
  const auto first = claim(order("1"));
  EXPECT_TRUE(first.changed);
  EXPECT_EQ(first.payment.state, charge_state::claimed);
  EXPECT_FALSE(claim(order("1")).changed);
}

TEST_F(PaymentStore, DecidesOnce) {
  claim(order("1"));
  const auto first = decide("1", payment::approved{"auth"});
  EXPECT_TRUE(first.changed);
  EXPECT_EQ(first.payment.state, charge_state::captured);
  EXPECT_EQ(first.payment.authorization, "auth");
  const auto again = decide("1", refused);
  EXPECT_FALSE(again.changed);
  EXPECT_EQ(again.payment.state, charge_state::captured);

  claim(order("2"));
  const auto declined = decide("2", refused);
  EXPECT_EQ(declined.payment.state, charge_state::declined);
  EXPECT_EQ(declined.payment.decline_code, "lost_card");
  EXPECT_THROW(decide("3", refused), kith::not_found);
}

TEST_F(PaymentStore, AReturnDrawsOnTheCustomersNewestChargesFirst) {
  capture("1", 1000);
  capture("2", 500);
  capture("3", 700, "17851");
  claim(order("4", 900));  // not captured
  const auto opened = give_back("r1", 600);
  EXPECT_FALSE(opened.closed);
  EXPECT_EQ(opened.parts,
            (std::vector<payment::refund_part>{{"2", "auth-2", 500}, {"1", "auth-1", 100}}));
  EXPECT_EQ(refunded_of("2"), 500);
  EXPECT_EQ(refunded_of("1"), 100);
  EXPECT_EQ(refunded_of("3"), 0);

  const auto closed = record(opened, 2);
  EXPECT_TRUE(closed.changed);
  EXPECT_EQ(closed.refund.refunded.ten_thousandths, 600);
  EXPECT_EQ(closed.refund.unmatched.ten_thousandths, 0);
  EXPECT_FALSE(record(opened, 2).changed);
}

TEST_F(PaymentStore, WhatIsReservedIsNotGivenTwice) {
  capture("1", 1000);
  const auto first = give_back("r1", 800);  // still open
  const auto second = give_back("r2", 800);
  EXPECT_EQ(payment::sum_of(second.parts), 200);
  EXPECT_EQ(second.refund.unmatched.ten_thousandths, 600);
  const auto third = give_back("r3", 800);
  EXPECT_TRUE(third.closed);
  EXPECT_EQ(third.refund.refunded.ten_thousandths, 0);
  EXPECT_EQ(third.refund.unmatched.ten_thousandths, 800);
  EXPECT_EQ(give_back("r1", 800).parts, first.parts);
}

TEST_F(PaymentStore, ARefundOverManyChargesIsWholeAndPagedThrough) {
  for (int i = 0; i < 450; ++i) {
    capture(std::to_string(i), 10);
  }
  const auto opened = give_back("r1", 10'000);
  EXPECT_EQ(opened.parts.size(), 450U);
  EXPECT_EQ(opened.refund.refunded.ten_thousandths, 4500);
}

TEST_F(PaymentStore, OtherCurrenciesAreNotDrawnOn) {
  claim({"1", "17850", {1000, "EUR"}});
  decide("1", payment::approved{"auth"});
  EXPECT_EQ(give_back("r1", 100).refund.refunded.ten_thousandths, 0);
}

TEST_F(PaymentStore, PartsAreAnsweredOneByOne) {
  capture("1", 100);
  capture("2", 100);
  capture("3", 100);
  const auto opened = give_back("r1", 300);
  const auto some = record(opened, 1);
  EXPECT_FALSE(some.closed);
  EXPECT_EQ(some.parts.size(), 2U);
  const auto rest = record(some, 1, 1);  // the bank refuses the last
  EXPECT_TRUE(rest.closed);
  EXPECT_EQ(rest.refund.refunded.ten_thousandths, 200);
  EXPECT_EQ(rest.refund.unmatched.ten_thousandths, 100);
  // What was refused may be drawn on again.
  EXPECT_EQ(refunded_of("1") + refunded_of("2") + refunded_of("3"), 200);
  EXPECT_EQ(give_back("r2", 300).refund.refunded.ten_thousandths, 100);
}

TEST_F(PaymentStore, ACancelledOrderGetsBackWhatIsLeftOfItsCharge) {
  capture("1", 1000);
  record(give_back("r1", 300), 1);
  const auto opened = cancel("1");
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->refund.requested.ten_thousandths, 1000);
  EXPECT_EQ(opened->refund.refunded.ten_thousandths, 700);
  EXPECT_EQ(opened->refund.unmatched.ten_thousandths, 300);
  EXPECT_EQ(refunded_of("1"), 1000);
}

TEST_F(PaymentStore, AnOrderCancelledBeforeItsChargeIsNeverCharged) {
  const auto opened = cancel("1");
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->closed);
  EXPECT_EQ(opened->refund.requested.ten_thousandths, 0);
  EXPECT_EQ(claim(order("1")).payment.state, charge_state::voided);
}

TEST_F(PaymentStore, ACancellationWaitsForTheGatewaysAnswer) {
  claim(order("1"));
  EXPECT_FALSE(cancel("1").has_value());
  run([](kith::transaction& tx) { charge_store::note_cancelled(tx, "1"); });
  EXPECT_TRUE(decide("1", refused).cancelled);
  const auto opened = cancel("1");
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->closed);
  EXPECT_EQ(opened->refund.refunded.ten_thousandths, 0);
}

TEST_F(PaymentStore, OpenEffectsAreAQueueInTheDatabase) {
  namespace effects = payment::open_effects;
  using payment::effect_kind;
  const auto behind = [&](std::int64_t after) {
    return run([&](kith::transaction& tx) { return effects::behind(tx, after, 10); });
  };
  run([](kith::transaction& tx) {
    effects::add(tx, {0, effect_kind::charge, "1", 5, "trace"});
    effects::add(tx, {0, effect_kind::refund, "1", 6, ""});
    effects::add(tx, {0, effect_kind::charge, "1", 7, "again"});
  });
  const auto all = behind(0);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].kind, effect_kind::charge);
  EXPECT_EQ(all[0].since_us, 5);
  EXPECT_EQ(all[0].traceparent, "trace");
  EXPECT_EQ(behind(all[0].number).size(), 1U);
  run([](kith::transaction& tx) { effects::done(tx, effect_kind::charge, "1"); });
  EXPECT_EQ(behind(0).size(), 1U);
  run([](kith::transaction& tx) {
    effects::done(tx, effect_kind::refund, "1");
    effects::add(tx, {0, effect_kind::charge, "2", 8, ""});
  });
  EXPECT_GT(behind(0).at(0).number, all[1].number) << "numbers are not used again";
}

}  // namespace
