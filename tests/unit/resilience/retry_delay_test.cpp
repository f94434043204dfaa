// SPDX-License-Identifier: MPL-2.0
#include "resilience/retry_delay.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"

namespace kith::resilience {
namespace {

using std::chrono::milliseconds;

TEST(RetryDelay, IsBelowItsCeilingAndReachesAllOfIt) {
  random_source random{1};
  const retry_delay_options options;
  for (const auto& [retry, ceiling] :
       {std::pair{1U, 25}, {2U, 75}, {3U, 175}, {4U, 250}, {5U, 250}, {4'000'000'000U, 250}}) {
    duration least = milliseconds{ceiling};
    duration most{};
    for (int i = 0; i < 2000; ++i) {
      const auto delay = retry_delay(options, retry, random());
      least = std::min(least, delay);
      most = std::max(most, delay);
    }
    EXPECT_LT(least, duration{milliseconds{ceiling}} / 50);
    EXPECT_LT(most, milliseconds{ceiling});
    EXPECT_GT(most, duration{milliseconds{ceiling}} * 49 / 50);
  }
}

TEST(RetryDelay, APushbackOverridesIt) {
  random_source random{2};
  duration most{};
  for (int i = 0; i < 2000; ++i) {
    const auto delay = retry_delay({}, 1, random(), milliseconds{1000});
    EXPECT_GE(delay, milliseconds{1000});
    most = std::max(most, delay);
  }
  EXPECT_LT(most, milliseconds{1200});
  EXPECT_GT(most, milliseconds{1190});
  EXPECT_EQ(retry_delay({}, 3, random(), duration::zero()), duration::zero());
}

TEST(RetryDelay, OptionsThatDoNotWaitAreRefused) {
  EXPECT_TRUE(check(retry_delay_options{}));
  EXPECT_EQ(check(retry_delay_options{.base = {}}).error().where, "base");
  EXPECT_EQ(check(retry_delay_options{.cap = milliseconds{-1}}).error().where, "cap");
}

}  // namespace
}  // namespace kith::resilience
