// SPDX-License-Identifier: MPL-2.0
#include "payment/sandbox_gateway.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "gateway/sandbox_cards.hpp"

namespace {

using payment::approved;
using payment::charge_request;
using payment::declined;
using payment::refund_request;
using payment::sandbox_gateway;

constexpr const char* good_card = "4242424242424242";

money::amount gbp(std::int64_t pounds) {
  return {pounds * money::units, "GBP"};
}

std::string authorization_of(const payment::gateway_answer& result) {
  return std::get<approved>(result).authorization;
}

std::string code_of(const payment::gateway_answer& result) {
  return std::get<declined>(result).code;
}

kith::error failure_of(auto&& work) {
  try {
    work();
  } catch (const kith::failure& reason) {
    return reason.reason();
  }
  ADD_FAILURE() << "no failure was thrown";
  return {};
}

TEST(SandboxGateway, AnswersAsEachTestCardDoes) {
  sandbox_gateway bank;
  for (const auto& card : gateway::sandbox_cards()) {
    const std::string number{card.number};
    const auto result = bank.charge_now({"key-" + number, "order", number, gbp(1)});
    if (card.pays()) {
      EXPECT_TRUE(std::holds_alternative<approved>(result)) << number;
      continue;
    }
    ASSERT_TRUE(std::holds_alternative<declined>(result)) << number;
    EXPECT_EQ(code_of(result), card.code);
    EXPECT_FALSE(std::get<declined>(result).message.empty());
    EXPECT_EQ(std::get<declined>(result).retryable, card.code == "processing_error");
  }
  EXPECT_EQ(bank.counted().charges, gateway::paying_cards().size());
  EXPECT_EQ(bank.counted().declines, gateway::declining_cards().size());
}

TEST(SandboxGateway, DeclinesCardsItDoesNotKnow) {
  sandbox_gateway bank;
  EXPECT_EQ(code_of(bank.charge_now({"1", "order", "4242424242424243", gbp(1)})),
            "incorrect_number");
  EXPECT_EQ(code_of(bank.charge_now({"2", "order", "", gbp(1)})), "incorrect_number");
  EXPECT_EQ(code_of(bank.charge_now({"3", "order", "000000000000", gbp(1)})), "card_not_supported");
}

TEST(SandboxGateway, ChargesOnceForOneKey) {
  sandbox_gateway bank;
  const charge_request request{"order-1", "order", good_card, gbp(5)};
  const auto first = bank.charge_now(request);
  EXPECT_EQ(bank.charge_now(request), first);
  EXPECT_EQ(bank.counted().charges, 1U);
  EXPECT_EQ(bank.counted().repeats, 1U);
  EXPECT_NE(bank.charge_now({"order-2", "order", good_card, gbp(5)}), first);
}

TEST(SandboxGateway, GivesTheSameAnswerInAnotherProcess) {
  const charge_request request{"order-1", "order", good_card, gbp(5)};
  sandbox_gateway before;
  sandbox_gateway after;
  EXPECT_EQ(before.charge_now(request), after.charge_now(request));
}

TEST(SandboxGateway, RefusesAKeyThatStoodForSomethingElse) {
  sandbox_gateway bank;
  bank.charge_now({"order-1", "order", good_card, gbp(5)});
  const auto reason = failure_of([&] { bank.charge_now({"order-1", "order", good_card, gbp(6)}); });
  EXPECT_EQ(reason.what(), kith::errc::already_exists);
  EXPECT_EQ(reason.where, "key");
  EXPECT_EQ(reason.message.find(good_card), std::string::npos) << "no card number in a log";
}

TEST(SandboxGateway, RefusesAmountsAndKeysThatMakeNoSense) {
  sandbox_gateway bank;
  EXPECT_EQ(failure_of([&] {
              bank.charge_now({"k", "order", good_card, gbp(0)});
            }).where,
            "amount");
  EXPECT_EQ(failure_of([&] {
              bank.charge_now({"k", "order", good_card, gbp(-1)});
            }).where,
            "amount");
  EXPECT_EQ(failure_of([&] { bank.refund_now({"k", "a", gbp(0)}); }).where, "amount");
  EXPECT_EQ(failure_of([&] { bank.charge_now({"", "order", good_card, gbp(1)}); }).where, "key");
}

TEST(SandboxGateway, RefundsAtMostWhatIsLeftOfACharge) {
  sandbox_gateway bank;
  const auto charge = authorization_of(bank.charge_now({"c", "order", good_card, gbp(10)}));
  const refund_request part{"r1", charge, gbp(7)};
  const auto first = bank.refund_now(part);
  EXPECT_TRUE(std::holds_alternative<approved>(first));
  EXPECT_EQ(bank.refund_now(part), first) << "the same refund, once";
  EXPECT_EQ(code_of(bank.refund_now({"r2", charge, {3 * money::units + 1, "GBP"}})),
            "refund_exceeds_charge");
  EXPECT_TRUE(std::holds_alternative<approved>(bank.refund_now({"r3", charge, gbp(3)})));
  EXPECT_EQ(code_of(bank.refund_now({"r4", charge, {1, "EUR"}})), "refund_exceeds_charge");
  EXPECT_EQ(bank.counted().refunds, 2U);
}

TEST(SandboxGateway, RefundsAChargeOfAnotherProcessAndNoOther) {
  sandbox_gateway there;
  sandbox_gateway here;
  const auto charge = authorization_of(there.charge_now({"c", "order", good_card, gbp(10)}));
  EXPECT_TRUE(std::holds_alternative<approved>(here.refund_now({"r", charge, gbp(1)})));
  EXPECT_EQ(code_of(here.refund_now({"s", "hello", gbp(1)})), "unknown_authorization");
}

TEST(SandboxGateway, ForgetsTheOldestKeysAndStillAnswersThemAlike) {
  sandbox_gateway bank{2};
  const auto first = bank.charge_now({"1", "order", good_card, gbp(1)});
  bank.charge_now({"2", "order", good_card, gbp(1)});
  bank.charge_now({"3", "order", good_card, gbp(1)});
  EXPECT_EQ(bank.charge_now({"1", "order", good_card, gbp(1)}), first);
  EXPECT_EQ(bank.counted().repeats, 0U);
  bank.charge_now({"3", "order", good_card, gbp(1)});
  EXPECT_EQ(bank.counted().repeats, 1U);
}

}  // namespace
