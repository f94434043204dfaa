// SPDX-License-Identifier: MPL-2.0
#include "routing/peak_ewma.hpp"

#include <gtest/gtest.h>

#include "views.hpp"

namespace kith::routing {
namespace {

constexpr auto ms = 1e6;

TEST(PeakEwma, CostsNothingBeforeItKnows) {
  EXPECT_EQ(peak_ewma{}.cost(now), 0);
}

TEST(PeakEwma, APeakReplacesTheCostAtOnce) {
  auto load = load_of(milliseconds{1});
  load.observe(milliseconds{50}, now + milliseconds{1});
  EXPECT_DOUBLE_EQ(load.cost(now + milliseconds{1}), 50 * ms);
}

TEST(PeakEwma, AQuickAnswerPullsItDownWithTheTimeConstant) {
  auto load = load_of(milliseconds{100});
  load.observe(milliseconds{10}, now + seconds{10});
  EXPECT_NEAR(load.cost(now + seconds{10}), (100 / M_E + 10 * (1 - 1 / M_E)) * ms, 0.01 * ms);
}

TEST(PeakEwma, FadesWithoutAnswers) {
  const auto load = load_of(milliseconds{100});
  EXPECT_NEAR(load.cost(now + seconds{10}), 100 / M_E * ms, 0.01 * ms);
  EXPECT_LT(load.cost(now + seconds{60}), 0.3 * ms);
  EXPECT_GT(load.cost(now + seconds{60}), 0) << "it is not unknown";
}

TEST(PeakEwma, WhoFailsFastDoesNotLookQuick) {
  auto load = load_of(milliseconds{10});
  load.observe_failure(milliseconds{1}, seconds{1}, now);
  EXPECT_DOUBLE_EQ(load.cost(now), 100 * ms);
  load.observe_failure(milliseconds{1}, seconds{1}, now);
  load.observe_failure(milliseconds{1}, seconds{1}, now);
  EXPECT_DOUBLE_EQ(load.cost(now), 1000 * ms) << "no more than the caller would have waited";
}

TEST(PeakEwma, AFailureOfOneThatIsUnknownCostsTheWholeDeadline) {
  peak_ewma load;
  load.observe_failure(milliseconds{1}, seconds{1}, now);
  EXPECT_DOUBLE_EQ(load.cost(now), 1000 * ms);
}

TEST(PeakEwma, WhoIsGivenUpTookAtLeastSoLong) {
  auto load = load_of(milliseconds{10});
  load.observe_at_least(milliseconds{5}, now);
  EXPECT_DOUBLE_EQ(load.cost(now), 10 * ms);
  load.observe_at_least(milliseconds{50}, now);
  EXPECT_DOUBLE_EQ(load.cost(now), 50 * ms);
}

TEST(PeakEwma, WhoIsGivenUpAgainAndAgainCostsMoreAndMore) {
  auto load = load_of(milliseconds{10});
  for (const auto factor : {1, 2, 4, 8, 16, 16}) {
    load.observe_at_least(milliseconds{9}, now);
    load.observe_at_least(milliseconds{50}, now);
    EXPECT_DOUBLE_EQ(load.cost(now), 50 * factor * ms);
  }
  const auto later = now + seconds{60};
  load.observe_at_least(milliseconds{40}, later);
  EXPECT_DOUBLE_EQ(load.cost(later), 16 * 40 * ms) << "still no answer";
  const auto healed = now + seconds{120};
  load.observe(milliseconds{10}, healed);
  load.observe_at_least(milliseconds{60}, healed);
  EXPECT_DOUBLE_EQ(load.cost(healed), 60 * ms);
}

TEST(PeakEwma, AFailureIsNoAnswer) {
  auto load = load_of(milliseconds{10});
  load.observe_failure(milliseconds{1}, seconds{1}, now);
  const auto later = now + seconds{60};
  load.observe_at_least(milliseconds{20}, later);
  load.observe_at_least(milliseconds{20}, later);
  EXPECT_DOUBLE_EQ(load.cost(later), 40 * ms) << "longer than usual";
}

TEST(PeakEwma, TimeThatStandsStillOrGoesBackIsHarmless) {
  auto load = load_of(milliseconds{10});
  load.observe(milliseconds{1}, now);
  load.observe(milliseconds{1}, now - seconds{1});
  EXPECT_DOUBLE_EQ(load.cost(now), 10 * ms);
  load.observe(duration{0}, now + seconds{1});
  EXPECT_GT(load.cost(now + seconds{1}), 0);
}

}  // namespace
}  // namespace kith::routing
