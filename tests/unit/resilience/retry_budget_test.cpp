// SPDX-License-Identifier: MPL-2.0
#include "resilience/retry_budget.hpp"

#include <gtest/gtest.h>

#include "unit/resilience/start.hpp"

namespace kith::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

int spend_all(retry_budget& budget, time_point now) {
  int spent = 0;
  while (budget.try_spend(now)) {
    ++spent;
  }
  return spent;
}

/// How much is spent in ten seconds, with so many calls each second that all want one more.
int spent_in_ten_seconds(retry_budget& budget, int calls) {
  int spent = 0;
  for (int i = 1; i <= 10 * calls; ++i) {
    const auto now = start + duration{seconds{10}} * i / (10 * calls);
    budget.on_call(now);
    spent += budget.try_spend(now) ? 1 : 0;
  }
  return spent;
}

TEST(RetryBudget, GivesAFifthOfTheCalls) {
  retry_budget budget;
  spend_all(budget, start);
  EXPECT_NEAR(spent_in_ten_seconds(budget, 1000), 10'000 / 5, 1);
}

TEST(RetryBudget, GivesTenASecondWhereThatIsMore) {
  for (const auto& [calls, wanted] : {std::pair{20, 100}, {40, 100}, {50, 100}, {60, 120}}) {
    retry_budget budget;
    spend_all(budget, start);
    EXPECT_NEAR(spent_in_ten_seconds(budget, calls), wanted, 1) << calls;
  }
}

TEST(RetryBudget, SavesUpToItsBurst) {
  retry_budget budget;
  budget.on_call(start);
  EXPECT_EQ(spend_all(budget, start + seconds{3600}), 100);
  for (int i = 0; i < 100'000; ++i) {
    budget.on_call(start + seconds{3600});
  }
  EXPECT_EQ(spend_all(budget, start + seconds{3600}), 100);
}

TEST(RetryBudget, BeginsWithASecondsWorth) {
  retry_budget budget;
  EXPECT_EQ(spend_all(budget, start), 10);
}

TEST(RetryBudget, SaysBeforehandWhetherItGives) {
  retry_budget budget;
  EXPECT_TRUE(budget.may_spend(start));
  EXPECT_EQ(spend_all(budget, start), 10) << "nothing was spent by asking";
  EXPECT_FALSE(budget.may_spend(start));
  EXPECT_TRUE(budget.may_spend(start + seconds{1}));
}

TEST(RetryBudget, ForHedgesGivesOneForEveryTenCalls) {
  retry_budget budget{hedge_budget};
  EXPECT_FALSE(budget.try_spend(start));
  for (int i = 0; i < 9; ++i) {
    budget.on_call(start);
    EXPECT_FALSE(budget.try_spend(start + seconds{60}));
  }
  budget.on_call(start);
  EXPECT_TRUE(budget.try_spend(start));
  EXPECT_FALSE(budget.try_spend(start));
}

}  // namespace
}  // namespace kith::resilience
