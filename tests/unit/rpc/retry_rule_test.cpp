// SPDX-License-Identifier: MPL-2.0
#include "rpc/retry_rule.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "rpc/latency_digest.hpp"

namespace kith::rpc {
namespace {

using resilience::verdict;

struct row {
  errc code;
  kith::outcome outcome;
  verdict counts;
  bool may;         ///< be repeated, when it is not idempotent
  bool idempotent;  ///< when it is
  bool moved;
};

TEST(RetryRule, IsThisTable) {
  using enum kith::outcome;
  const std::vector<row> rows{
      {errc::not_found, answered, verdict::success, false, false, false},
      {errc::invalid_argument, answered, verdict::success, false, false, false},
      {errc::permission_denied, answered, verdict::success, false, false, false},
      {errc::handler_failed, answered, verdict::failure, false, true, false},
      {errc::database_failed, answered, verdict::failure, false, true, false},
      {errc::database_busy, answered, verdict::ignored, false, false, false},
      {errc::unknown_method, not_sent, verdict::ignored, true, true, false},
      {errc::overloaded, not_sent, verdict::ignored, true, true, false},
      {errc::queue_full, not_sent, verdict::ignored, true, true, false},
      {errc::shutting_down, not_sent, verdict::ignored, true, true, true},
      {errc::peer_lost, not_sent, verdict::ignored, true, true, true},
      {errc::peer_lost, outcome_unknown, verdict::failure, false, true, false},
      {errc::deadline_exceeded, outcome_unknown, verdict::failure, false, false, false},
      {errc::deadline_exceeded, not_sent, verdict::ignored, false, false, false},
      {errc::cancelled, outcome_unknown, verdict::ignored, false, false, false},
      {errc::too_large, not_sent, verdict::ignored, false, false, false},
  };
  for (const auto& one : rows) {
    SCOPED_TRACE(std::string{name_of(one.code)} + " " + std::string{name_of(one.outcome)});
    const error why{one.code, "why", one.outcome};
    EXPECT_EQ(verdict_of(why), one.counts);
    EXPECT_EQ(may_repeat(why, {.idempotent = false}), one.may);
    EXPECT_EQ(may_repeat(why, {.idempotent = true}), one.idempotent);
    EXPECT_EQ(is_moved(why), one.moved);
    EXPECT_FALSE(may_repeat(why, {.idempotent = true, .attempts = 3, .max_attempts = 3}));
  }
}

TEST(RetryRule, HedgesWhatMayBeDoneTwiceAnywhereAndIsNotLateByNature) {
  struct hedge {
    bool idempotent;
    bool waits;
    bool one_instance;
    const char* key;
    bool may;
  };
  for (const auto& r : {hedge{true, false, false, "", true},
                        {false, false, false, "", false},
                        {true, true, false, "", false},
                        {true, false, true, "", false},
                        {true, false, false, "k", false}}) {
    detail::raw_call call;
    call.traits.idempotent = r.idempotent;
    call.traits.waits = r.waits;
    call.routing_key = r.key;
    if (r.one_instance) {
      call.instance = node_id{{1}};
    }
    EXPECT_EQ(may_hedge(call), r.may);
  }
}

TEST(LatencyDigest, SaysNothingOfTooFew) {
  latency_digest digest;
  for (int i = 0; i < 99; ++i) {
    digest.add(std::chrono::milliseconds{1});
  }
  EXPECT_FALSE(digest.p95());
  digest.add(std::chrono::milliseconds{1});
  EXPECT_TRUE(digest.p95());
}

TEST(LatencyDigest, KnowsTheTailWithinABucket) {
  for (const duration::rep unit : {1'000, 1'000'000, 100'000'000}) {
    latency_digest digest;
    for (int i = 0; i < 1000; ++i) {
      digest.add(duration{unit * (i % 100 + 1)});
    }
    EXPECT_NEAR(static_cast<double>(digest.p95()->count()) / static_cast<double>(unit), 95, 13);
  }
}

TEST(LatencyDigest, ForgetsWhatIsOld) {
  latency_digest digest;
  for (int i = 0; i < 20'000; ++i) {
    digest.add(std::chrono::milliseconds{100});
  }
  for (int i = 0; i < 100'000; ++i) {
    digest.add(std::chrono::milliseconds{1});
  }
  EXPECT_LT(*digest.p95(), std::chrono::milliseconds{2});
}

TEST(LatencyDigest, TakesAnything) {
  latency_digest digest;
  for (const auto took : {duration{0}, duration{-5}, duration{1}, duration::max()}) {
    for (int i = 0; i < 30; ++i) {
      digest.add(took);
    }
  }
  EXPECT_GT(*digest.p95(), std::chrono::hours{0});
}

}  // namespace
}  // namespace kith::rpc
