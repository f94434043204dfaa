// SPDX-License-Identifier: MPL-2.0
#include "resilience/concurrency_limit.hpp"

#include <gtest/gtest.h>

#include "unit/resilience/start.hpp"

namespace kith::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct limited_server {
  concurrency_limit limit{{.fixed = 0}};
  time_point now = start;

  /// Calls that end one after another for a while, each having begun among `at_once`.
  void work(duration length, duration took, std::uint32_t at_once) {
    for (const auto end = now + length; now < end; now += milliseconds{1}) {
      limit.on_end(took, at_once, now);
    }
  }
  void work_at_the_limit(duration length, duration took) {
    for (const auto end = now + length; now < end; now += milliseconds{1}) {
      limit.on_end(took, limit.value(), now);
    }
  }
};

TEST(ConcurrencyLimit, StaysWhereItIsWhenFixed) {
  concurrency_limit limit{{.fixed = 100}};
  for (int i = 0; i < 10'000; ++i) {
    limit.on_end(milliseconds{i}, 100, start + milliseconds{i});
  }
  EXPECT_EQ(limit.value(), 100U);
}

TEST(ConcurrencyLimit, RisesWhileCallsTakeNoLonger) {
  limited_server s;
  EXPECT_EQ(s.limit.value(), 64U);
  s.work_at_the_limit(seconds{10}, milliseconds{10});
  EXPECT_GT(s.limit.value(), 150U);
  s.work_at_the_limit(seconds{300}, milliseconds{10});
  EXPECT_EQ(s.limit.value(), 4096U);
}

TEST(ConcurrencyLimit, FallsWhenCallsTakeMuchLongerAndRisesAgain) {
  limited_server s;
  s.work_at_the_limit(seconds{60}, milliseconds{10});
  const auto before = s.limit.value();
  s.work_at_the_limit(seconds{5}, milliseconds{100});
  EXPECT_LT(s.limit.value(), before / 10);
  EXPECT_GE(s.limit.value(), 16U);
  s.work_at_the_limit(seconds{60}, milliseconds{10});
  EXPECT_GT(s.limit.value(), before / 2);
}

TEST(ConcurrencyLimit, NeverLeavesItsBounds) {
  limited_server s;
  s.work_at_the_limit(seconds{5}, milliseconds{1});
  for (int i = 0; i < 8; ++i) {
    s.work_at_the_limit(seconds{5}, milliseconds{1 << (2 * i)});
    EXPECT_GE(s.limit.value(), 16U);
    EXPECT_LE(s.limit.value(), 4096U);
  }
}

TEST(ConcurrencyLimit, DoesNotRiseWhereTheCallersAreTheLimit) {
  limited_server s;
  s.work(seconds{60}, milliseconds{10}, 31);
  EXPECT_EQ(s.limit.value(), 64U);
  s.work(seconds{60}, milliseconds{10}, 32);
  EXPECT_GT(s.limit.value(), 64U);
}

TEST(ConcurrencyLimit, ToleratesAHalfMore) {
  limited_server s;
  s.work_at_the_limit(seconds{10}, milliseconds{10});
  const auto before = s.limit.value();
  s.work_at_the_limit(seconds{5}, milliseconds{14});
  EXPECT_GE(s.limit.value(), before);
}

}  // namespace
}  // namespace kith::resilience
