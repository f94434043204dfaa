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

TEST(RetryBudget, GivesAFifthOfTheCallsAndTenASecond) {
  retry_budget budget;
  spend_all(budget, start);
  int spent = 0;
  for (int ms = 1; ms <= 10'000; ++ms) {
    const auto now = start + milliseconds{ms};
    budget.on_call(now);
    spent += budget.try_spend(now) ? 1 : 0;
  }
  EXPECT_NEAR(spent, 10'000 / 5 + 10 * 10, 1);
  EXPECT_EQ(budget.refused(), 1U + 10'000U - static_cast<unsigned>(spent));
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
  EXPECT_EQ(budget.spent(), 10U);
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
