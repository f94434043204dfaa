// SPDX-License-Identifier: MPL-2.0
#include "payment/sandbox_gateway.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "payment/sandbox_cards.hpp"

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

std::string authorization_of(const payment::charge_result& result) {
  return std::get<approved>(result).authorization;
}

std::string code_of(const payment::charge_result& result) {
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
  sandbox_gateway gateway;
  for (const auto& card : payment::sandbox_cards()) {
    const std::string number{card.number};
    const auto result = gateway.charge({"key-" + number, number, gbp(1)});
    if (card.pays()) {
      EXPECT_TRUE(std::holds_alternative<approved>(result)) << number;
      continue;
    }
    ASSERT_TRUE(std::holds_alternative<declined>(result)) << number;
    EXPECT_EQ(code_of(result), card.code);
    EXPECT_FALSE(std::get<declined>(result).message.empty());
    EXPECT_EQ(std::get<declined>(result).retryable, card.code == "processing_error");
  }
  EXPECT_EQ(gateway.counted().charges, payment::paying_cards().size());
  EXPECT_EQ(gateway.counted().declines, payment::declining_cards().size());
}

TEST(SandboxGateway, DeclinesCardsItDoesNotKnow) {
  sandbox_gateway gateway;
  EXPECT_EQ(code_of(gateway.charge({"1", "4242424242424243", gbp(1)})), "incorrect_number");
  EXPECT_EQ(code_of(gateway.charge({"2", "", gbp(1)})), "incorrect_number");
  EXPECT_EQ(code_of(gateway.charge({"3", "000000000000", gbp(1)})), "card_not_supported");
}

TEST(SandboxGateway, ChargesOnceForOneKey) {
  sandbox_gateway gateway;
  const charge_request request{"order-1", good_card, gbp(5)};
  const auto first = gateway.charge(request);
  EXPECT_EQ(gateway.charge(request), first);
  EXPECT_EQ(gateway.counted().charges, 1U);
  EXPECT_EQ(gateway.counted().repeats, 1U);
  EXPECT_NE(gateway.charge({"order-2", good_card, gbp(5)}), first);
}

TEST(SandboxGateway, GivesTheSameAnswerInAnotherProcess) {
  const charge_request request{"order-1", good_card, gbp(5)};
  sandbox_gateway before;
  sandbox_gateway after;
  EXPECT_EQ(before.charge(request), after.charge(request));
}

TEST(SandboxGateway, RefusesAKeyThatStoodForSomethingElse) {
  sandbox_gateway gateway;
  gateway.charge({"order-1", good_card, gbp(5)});
  const auto reason = failure_of([&] { gateway.charge({"order-1", good_card, gbp(6)}); });
  EXPECT_EQ(reason.what(), kith::errc::already_exists);
  EXPECT_EQ(reason.where, "idempotency_key");
  EXPECT_EQ(reason.message.find(good_card), std::string::npos) << "no card number in a log";
}

TEST(SandboxGateway, RefusesAmountsAndKeysThatMakeNoSense) {
  sandbox_gateway gateway;
  EXPECT_EQ(failure_of([&] { gateway.charge({"k", good_card, gbp(0)}); }).where, "amount");
  EXPECT_EQ(failure_of([&] { gateway.charge({"k", good_card, gbp(-1)}); }).where, "amount");
  EXPECT_EQ(failure_of([&] { gateway.refund({"k", "a", gbp(0)}); }).where, "amount");
  EXPECT_EQ(failure_of([&] { gateway.charge({"", good_card, gbp(1)}); }).where, "idempotency_key");
}

TEST(SandboxGateway, RefundsAtMostWhatIsLeftOfACharge) {
  sandbox_gateway gateway;
  const auto charge = authorization_of(gateway.charge({"c", good_card, gbp(10)}));
  const refund_request part{"r1", charge, gbp(7)};
  const auto first = gateway.refund(part);
  EXPECT_TRUE(std::holds_alternative<approved>(first));
  EXPECT_EQ(gateway.refund(part), first) << "the same refund, once";
  EXPECT_EQ(code_of(gateway.refund({"r2", charge, {3 * money::units + 1, "GBP"}})),
            "refund_exceeds_charge");
  EXPECT_TRUE(std::holds_alternative<approved>(gateway.refund({"r3", charge, gbp(3)})));
  EXPECT_EQ(code_of(gateway.refund({"r4", charge, {1, "EUR"}})), "refund_exceeds_charge");
  EXPECT_EQ(gateway.counted().refunds, 2U);
}

TEST(SandboxGateway, RefundsAChargeOfAnotherProcessAndNoOther) {
  sandbox_gateway there;
  sandbox_gateway here;
  const auto charge = authorization_of(there.charge({"c", good_card, gbp(10)}));
  EXPECT_TRUE(std::holds_alternative<approved>(here.refund({"r", charge, gbp(1)})));
  EXPECT_EQ(code_of(here.refund({"s", "hello", gbp(1)})), "unknown_authorization");
}

TEST(SandboxGateway, ForgetsTheOldestKeysAndStillAnswersThemAlike) {
  sandbox_gateway gateway{2};
  const auto first = gateway.charge({"1", good_card, gbp(1)});
  gateway.charge({"2", good_card, gbp(1)});
  gateway.charge({"3", good_card, gbp(1)});
  EXPECT_EQ(gateway.charge({"1", good_card, gbp(1)}), first);
  EXPECT_EQ(gateway.counted().repeats, 0U);
  gateway.charge({"3", good_card, gbp(1)});
  EXPECT_EQ(gateway.counted().repeats, 1U);
}

TEST(SandboxGateway, ChargesOnceWhenManyThreadsAskAtOnce) {
  sandbox_gateway gateway;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int key = 0; key < 100; ++key) {
        gateway.charge({"key-" + std::to_string(key), good_card, gbp(1)});
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(gateway.counted().charges, 100U);
  EXPECT_EQ(gateway.counted().repeats, 300U);
}

}  // namespace
