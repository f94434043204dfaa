// SPDX-License-Identifier: MPL-2.0
#include "resilience/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/resilience/start.hpp"

namespace kith::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, EveryDelayLiesBelowTheDoublingCeiling) {
  random_source random{1};
  for (int run = 0; run < 1000; ++run) {
    backoff b;
    duration ceiling = milliseconds{50};
    for (int i = 0; i < 12; ++i) {
      const auto delay = b.next(random);
      EXPECT_GE(delay, duration::zero());
      EXPECT_LT(delay, ceiling);
      ceiling = std::min<duration>(2 * ceiling, seconds{5});
    }
  }
}

TEST(Backoff, TheJitterIsFull) {
  random_source random{2};
  duration least = seconds{5};
  duration most{};
  duration sum{};
  for (int run = 0; run < 1000; ++run) {
    backoff b;
    for (int i = 0; i < 20; ++i) {
      (void)b.next(random);
    }
    const auto delay = b.next(random);
    least = std::min(least, delay);
    most = std::max(most, delay);
    sum += delay;
  }
  EXPECT_LT(least, milliseconds{100});
  EXPECT_GT(most, milliseconds{4900});
  EXPECT_NEAR(std::chrono::duration<double>(sum / 1000).count(), 2.5, 0.2);
}

TEST(Backoff, StartsOverAfterALinkStayedUp) {
  random_source random{3};
  backoff b;
  for (int i = 0; i < 10; ++i) {
    (void)b.next(random);
  }
  b.on_up(start);
  b.on_down(start + seconds{5});
  EXPECT_EQ(b.attempts(), 0U);
  EXPECT_LT(b.next(random), milliseconds{50});
}

TEST(Backoff, GoesOnWhenAPeerAcceptsAndCloses) {
  random_source random{4};
  backoff b;
  for (int i = 0; i < 10; ++i) {
    (void)b.next(random);
    b.on_up(start + seconds{i});
    b.on_down(start + seconds{i} + milliseconds{100});
  }
  EXPECT_EQ(b.attempts(), 10U);
}

TEST(Backoff, ADownWithoutAnUpChangesNothing) {
  random_source random{5};
  backoff b;
  (void)b.next(random);
  b.on_up(start);
  b.on_down(start);
  b.on_down(start + seconds{60});
  EXPECT_EQ(b.attempts(), 1U);
}

TEST(Backoff, SurvivesAVeryLongOutage) {
  random_source random{6};
  backoff b{{std::chrono::nanoseconds{1}, std::chrono::hours{24 * 365 * 200}, seconds{1}}};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_GE(b.next(random), duration::zero());
  }
}

TEST(Backoff, ABaseOfZeroIsNoDelay) {
  random_source random{7};
  backoff b{{duration::zero(), seconds{1}, seconds{1}}};
  EXPECT_EQ(b.next(random), duration::zero());
  EXPECT_EQ(b.next(random), duration::zero());
}

}  // namespace
}  // namespace kith::resilience
