// SPDX-License-Identifier: MPL-2.0
#include "resilience/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include "unit/resilience/start.hpp"

namespace kith::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct rig {
  explicit rig(circuit_breaker_options o = exact()) : options{o}, breaker{options} {}

  static circuit_breaker_options exact() {
    circuit_breaker_options o;
    o.window_calls = 10;
    o.minimum_calls = 4;
    o.open_jitter = 0;
    return o;
  }
  bool would() const { return breaker.would_permit(now); }
  std::optional<breaker_state> end(const circuit_breaker::permit& given, verdict what,
                                   duration took = {}) {
    return breaker.record(given, what, took, now, chance);
  }
  std::optional<breaker_state> call(verdict what, duration took = {}) {
    return end(breaker.try_acquire(now).value(), what, took);
  }
  void fail_until_open() {
    while (breaker.state() != breaker_state::open) {
      call(verdict::failure);
    }
  }
  void to_half_open() {
    fail_until_open();
    now = breaker.open_until();
    call(verdict::ignored);
    ASSERT_EQ(breaker.state(), breaker_state::half_open);
  }

  circuit_breaker_options options;
  circuit_breaker breaker;
  random_source chance{1};
  time_point now = start;
};

TEST(CircuitBreaker, ReopensWhenTheProbesFail) {
  rig r;
  r.to_half_open();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(r.call(verdict::failure), std::nullopt);
  }
  EXPECT_EQ(r.call(verdict::failure), breaker_state::open);
  EXPECT_FALSE(r.would());
}

TEST(CircuitBreaker, ClosesAndStartsOverWhenTheProbesSucceed) {
  rig r;
  r.to_half_open();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(r.call(verdict::success), std::nullopt);
  }
  EXPECT_EQ(r.call(verdict::success), breaker_state::closed);
  EXPECT_EQ(r.breaker.counts(), call_counts{});
  EXPECT_EQ(r.call(verdict::failure), std::nullopt);  // the failures of before are forgotten
}

TEST(CircuitBreaker, WhatIsGivenUpCountsWhenItWasSlowByThen) {
  auto options = rig::exact();
  options.slow_call = milliseconds{100};
  rig r{options};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(r.call(verdict::given_up, milliseconds{99}), std::nullopt);
    EXPECT_EQ(r.call(verdict::ignored, milliseconds{100}), std::nullopt);
  }
  EXPECT_EQ(r.breaker.counts(), call_counts{});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(r.call(verdict::given_up, milliseconds{100}), std::nullopt);
  }
  EXPECT_EQ(r.breaker.counts(), (call_counts{3, 0, 3}));
  EXPECT_EQ(r.call(verdict::given_up, milliseconds{100}), breaker_state::open);
}

TEST(CircuitBreaker, IgnoresResultsOfAnEarlierGeneration) {
  rig r;
  const auto before = r.breaker.try_acquire(r.now).value();
  const auto other = r.breaker.try_acquire(r.now).value();
  r.to_half_open();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(r.end(before, verdict::failure), std::nullopt);
  }
  EXPECT_EQ(r.breaker.counts(), call_counts{});
  for (int i = 0; i < 4; ++i) {
    r.call(verdict::success);
  }
  ASSERT_EQ(r.breaker.state(), breaker_state::closed);
  EXPECT_EQ(r.end(other, verdict::failure), std::nullopt);
  EXPECT_EQ(r.breaker.counts(), call_counts{});
}

TEST(CircuitBreaker, AProbeOfAnEarlierHalfOpenTimeFreesNoPlace) {
  rig r;
  r.to_half_open();
  const auto lost = r.breaker.try_acquire(r.now).value();
  r.breaker.trip(r.now, r.chance);
  r.to_half_open();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(r.breaker.try_acquire(r.now));
  }
  r.end(lost, verdict::ignored);
  EXPECT_FALSE(r.would());
}

TEST(CircuitBreaker, SoManyProbesDecideAndNoMoreAreLetThrough) {
  rig r;
  r.to_half_open();
  r.call(verdict::success);
  r.call(verdict::success);
  EXPECT_TRUE(r.breaker.try_acquire(r.now));
  EXPECT_TRUE(r.breaker.try_acquire(r.now));
  EXPECT_FALSE(r.breaker.try_acquire(r.now));
  EXPECT_EQ(r.breaker.not_permitted(), 1U);
}

TEST(CircuitBreaker, APermitThatIsNeverGivenBackCostsItsPlaceForTheLeaseOnly) {
  rig r;
  r.to_half_open();
  std::vector<circuit_breaker::permit> lost;
  for (int i = 0; i < 4; ++i) {
    lost.push_back(r.breaker.try_acquire(r.now).value());
  }
  r.now += r.options.lease - milliseconds{1};
  EXPECT_FALSE(r.would());
  r.now += milliseconds{1};
  ASSERT_TRUE(r.would());
  std::vector<circuit_breaker::permit> fresh;
  for (int i = 0; i < 4; ++i) {
    fresh.push_back(r.breaker.try_acquire(r.now).value());
  }
  for (const auto& late : lost) {  // frees no place of another's
    r.end(late, verdict::ignored);
    EXPECT_FALSE(r.would());
  }
  r.end(fresh[0], verdict::ignored);
  EXPECT_TRUE(r.would());
}

TEST(CircuitBreaker, AResultThatComesAfterItsLeaseStillCounts) {
  rig r;
  r.to_half_open();
  const auto late = r.breaker.try_acquire(r.now).value();
  r.now += 2 * r.options.lease;
  r.end(late, verdict::failure);
  EXPECT_EQ(r.breaker.counts(), (call_counts{1, 1, 0}));
}

TEST(CircuitBreaker, WaitsLongerEachTimeUpToItsCapAndStartsOverWhenItCloses) {
  rig r;
  r.fail_until_open();
  for (const int wait : {1, 2, 4, 8, 8}) {
    EXPECT_EQ(r.breaker.open_until() - r.now, seconds{wait});
    r.now = r.breaker.open_until();
    for (int i = 0; i < 4; ++i) {
      r.call(verdict::failure);
    }
  }
  r.now = r.breaker.open_until();
  for (int i = 0; i < 4; ++i) {
    r.call(verdict::success);
  }
  r.fail_until_open();
  EXPECT_EQ(r.breaker.open_until() - r.now, seconds{1});
}

TEST(CircuitBreaker, JitterOnlyLengthensTheWait) {
  auto options = rig::exact();
  options.open_jitter = 0.2;
  duration least = seconds{9};
  duration most{};
  rig r{options};
  for (int i = 0; i < 1000; ++i) {
    r.breaker.reset();
    r.breaker.trip(r.now, r.chance);
    least = std::min(least, r.breaker.open_until() - r.now);
    most = std::max(most, r.breaker.open_until() - r.now);
  }
  EXPECT_GE(least, seconds{1});
  EXPECT_LT(least, milliseconds{1005});
  EXPECT_LT(most, milliseconds{1200});
  EXPECT_GT(most, milliseconds{1195});
}

TEST(CircuitBreaker, WouldPermitTakesNothing) {
  rig r;
  r.fail_until_open();
  EXPECT_FALSE(r.would());
  r.now = r.breaker.open_until();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(r.would());
  }
  EXPECT_EQ(r.breaker.state(), breaker_state::open);
  EXPECT_EQ(r.breaker.not_permitted(), 0U);
}

TEST(CircuitBreaker, SlowCallsOpenItToo) {
  auto options = rig::exact();
  options.slow_call = milliseconds{100};
  rig r{options};
  r.call(verdict::success, milliseconds{99});
  r.call(verdict::success, milliseconds{99});
  r.call(verdict::success, milliseconds{100});
  EXPECT_EQ(r.call(verdict::success, milliseconds{100}), breaker_state::open);
  EXPECT_EQ(r.breaker.slow_rate_percent(), 50);
  EXPECT_EQ(r.breaker.failure_rate_percent(), 0);
}

TEST(CircuitBreaker, IsClosedByHand) {
  rig r;
  r.fail_until_open();
  r.breaker.reset();
  EXPECT_EQ(r.breaker.state(), breaker_state::closed);
  EXPECT_TRUE(r.would());
}

TEST(CircuitBreaker, OptionsThatMakeNoBreakerAreRefused) {
  EXPECT_TRUE(check(circuit_breaker_options{}));
  const auto where = [](auto change) {
    circuit_breaker_options options;
    change(options);
    const auto verdict = check(options);
    return verdict ? std::string{} : verdict.error().where;
  };
  using o = circuit_breaker_options;
  EXPECT_EQ(where([](o& x) { x.window_calls = 257; }), "window_calls");
  EXPECT_EQ(where([](o& x) { x.window_time = {}; }), "window_time");
  EXPECT_EQ(where([](o& x) { x.minimum_calls = 0; }), "minimum_calls");
  EXPECT_EQ(where([](o& x) { x.window_calls = 5; }), "minimum_calls");
  EXPECT_EQ(where([](o& x) { x.failure_rate_percent = 0; }), "failure_rate_percent");
  EXPECT_EQ(where([](o& x) { x.slow_call = {}; }), "slow_call");
  EXPECT_EQ(where([](o& x) { x.half_open_permits = 0; }), "half_open_permits");
  EXPECT_EQ(where([](o& x) { x.half_open_permits = 17; }), "half_open_permits");
  EXPECT_EQ(where([](o& x) { x.lease = {}; }), "lease");
  EXPECT_EQ(where([](o& x) { x.open_wait = {}; }), "open_wait");
  EXPECT_EQ(where([](o& x) { x.open_factor = 0.5; }), "open_factor");
  EXPECT_EQ(where([](o& x) { x.open_cap = milliseconds{1}; }), "open_cap");
  EXPECT_EQ(where([](o& x) { x.open_jitter = 1.5; }), "open_jitter");
}

TEST(CircuitBreaker, IsSmall) {
  EXPECT_LE(sizeof(circuit_breaker), 384U);
}

}  // namespace
}  // namespace kith::resilience
