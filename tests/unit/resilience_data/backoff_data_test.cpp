// SPDX-License-Identifier: MPL-2.0
// Rules of resilience4j, gRPC and Envoy. The file tells them in prose; each is restated here.

#include "resilience/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "resilience/retry_delay.hpp"
#include "unit/resilience_data/cases.hpp"

namespace kith::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

double in_ms(duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

TEST(BackoffCases, AreTheOnesTestedHere) {
  std::set<std::string> ids;
  const auto file = cases_of("circuit_breaker");
  for (const auto& one : file.at("backoff")) {
    ids.insert(one.at("id"));
  }
  EXPECT_EQ(ids, (std::set<std::string>{"BO1", "BO2", "BO3", "BO4", "BO5", "BO6"}));
}

TEST(BackoffCases, BO1_ExponentialUpToItsCap) {
  random_source random{1};
  const backoff_options options{
      .base = milliseconds{100}, .cap = milliseconds{100'000}, .spread = 0};
  backoff b{options};
  for (std::uint32_t attempt = 1; attempt <= 13; ++attempt) {
    const milliseconds want{attempt <= 10 ? 100 << (attempt - 1) : 100'000};
    EXPECT_EQ(b.next(random), want);
  }
}

/// Least and most of many first delays, in parts of `of`.
std::pair<double, double> extremes(const backoff_options& options, std::uint32_t attempt,
                                   duration of) {
  random_source random{2};
  double least = 1e9;
  double most = 0;
  for (int i = 0; i < 2000; ++i) {
    backoff b{options};
    for (std::uint32_t k = 1; k < attempt; ++k) {
      (void)b.next(random);
    }
    const auto part = in_ms(b.next(random)) / in_ms(of);
    least = std::min(least, part);
    most = std::max(most, part);
  }
  return {least, most};
}

TEST(BackoffCases, BO2_RandomAroundAConstant) {
  const auto [least, most] =
      extremes({.base = milliseconds{100}, .factor = 1, .spread = 0.5}, 5, milliseconds{100});
  EXPECT_GE(least, 0.5);
  EXPECT_LT(least, 0.51);
  EXPECT_LE(most, 1.5);
  EXPECT_GT(most, 1.49);
}

TEST(BackoffCases, BO3_RandomAroundAnExponential) {
  const backoff_options options{
      .base = milliseconds{100}, .cap = std::chrono::hours{1}, .factor = 1.5, .spread = 0.5};
  for (std::uint32_t attempt = 1; attempt <= 10; ++attempt) {
    const std::chrono::duration<double, std::milli> exact{100 * std::pow(1.5, attempt - 1)};
    const auto of = std::chrono::duration_cast<nanoseconds>(exact);
    const auto [least, most] = extremes(options, attempt, of);
    EXPECT_GE(least, 0.4999);
    EXPECT_LT(least, 0.51);
    EXPECT_LE(most, 1.5001);
    EXPECT_GT(most, 1.49);
  }
}

TEST(BackoffCases, BO4_WhatIsNoBackoffIsRejected) {
  EXPECT_TRUE(check(backoff_options{}));
  const auto where = [](backoff_options options) {
    const auto verdict = check(options);
    return verdict ? std::string{} : verdict.error().where;
  };
  EXPECT_EQ(where({.base = duration::zero()}), "base");
  EXPECT_EQ(where({.base = nanoseconds{-1}}), "base");
  EXPECT_EQ(where({.cap = duration::zero()}), "cap");
  EXPECT_EQ(where({.cap = nanoseconds{-1}}), "cap");
  EXPECT_EQ(where({.spread = -0.0001}), "spread");
  EXPECT_EQ(where({.spread = 1.0001}), "spread");
  EXPECT_EQ(where({.factor = 0.9}), "factor");
  EXPECT_EQ(where({.spread = 0}), "");
  EXPECT_EQ(where({.spread = 1}), "");
}

TEST(BackoffCases, BO5_SpreadMayExceedTheCap) {
  const backoff_options options{
      .base = milliseconds{100}, .cap = milliseconds{350}, .factor = 2, .spread = 0.2};
  for (const auto& [attempt, of] : {std::pair{1U, 100}, {2U, 200}, {3U, 350}, {9U, 350}}) {
    const auto [least, most] = extremes(options, attempt, milliseconds{of});
    EXPECT_GE(least, 0.7999);
    EXPECT_LT(least, 0.81);
    EXPECT_LE(most, 1.2001);
    EXPECT_GT(most, 1.19);
  }
}

TEST(BackoffCases, BO6_FullJitterAsEnvoyHasIt) {
  const retry_delay_options options{milliseconds{25}, milliseconds{250}};
  const auto drawn = [](milliseconds ms) {
    return static_cast<std::uint64_t>(nanoseconds{ms}.count());
  };
  EXPECT_EQ(retry_delay(options, 1, drawn(milliseconds{49})), milliseconds{24});
  EXPECT_EQ(retry_delay(options, 2, drawn(milliseconds{149})), milliseconds{74});
  EXPECT_EQ(retry_delay(options, 3, drawn(milliseconds{349})), milliseconds{174});
}

}  // namespace
}  // namespace kith::resilience
