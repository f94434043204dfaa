// SPDX-License-Identifier: MPL-2.0
#include "rpc/call_limits.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kith::rpc {
namespace {

constexpr std::size_t most_name_bytes = 8;

detail::raw_call call_of(std::size_t octets) {
  detail::raw_call call;
  call.method = "m";
  call.body.assign(octets, 'x');
  return call;
}

errc refusal(const call_limits& limits, const detail::raw_call& call, std::size_t pending = 0) {
  const auto why = limits.objection_to(call, pending, most_name_bytes);
  return why ? why->what() : errc{};
}

TEST(CallLimits, SoManyCalls) {
  const call_limits limits{2, 100};
  EXPECT_EQ(refusal(limits, call_of(1), 1), errc{});
  EXPECT_EQ(refusal(limits, call_of(1), 2), errc::queue_full);
}

TEST(CallLimits, NeverMoreThanThereAreNumbers) {
  EXPECT_EQ((call_limits{call_table::most + 1, 100}.calls()), call_table::most);
}

TEST(CallLimits, SoManyOctetsButOneBodyAlways) {
  call_limits limits{9, 100};
  auto large = call_of(1000);
  EXPECT_EQ(refusal(limits, large), errc{});
  limits.hold(large.body);
  EXPECT_EQ(refusal(limits, call_of(1)), errc::queue_full);
  limits.release(large.body);
  EXPECT_TRUE(large.body.empty());
  auto small = call_of(60);
  limits.hold(small.body);
  EXPECT_EQ(refusal(limits, call_of(40)), errc{});
  EXPECT_EQ(refusal(limits, call_of(41)), errc::queue_full);
}

TEST(CallLimits, WhatIsReleasedTwiceCountsOnce) {
  call_limits limits{9, 100};
  auto one = call_of(60);
  auto other = call_of(60);
  limits.hold(one.body);
  limits.hold(other.body);
  limits.release(one.body);
  limits.release(one.body);
  EXPECT_EQ(refusal(limits, call_of(40)), errc{});
  EXPECT_EQ(refusal(limits, call_of(41)), errc::queue_full);
}

TEST(CallLimits, NamesFitIntoAnEnvelope) {
  const call_limits limits{9, 100};
  struct row {
    std::string detail::raw_call::*name;
    const char* where;
  };
  for (const auto& [name, where] : {row{&detail::raw_call::method, "method"},
                                    {&detail::raw_call::idempotency_key, "idempotency_key"},
                                    {&detail::raw_call::traceparent, "traceparent"}}) {
    for (const auto& [text, good] : {std::pair{std::string(most_name_bytes, 'n'), true},
                                     {std::string(most_name_bytes + 1, 'n'), false},
                                     {std::string{"\xff"}, false}}) {
      auto call = call_of(1);
      call.*name = text;
      const auto why = limits.objection_to(call, 0, most_name_bytes);
      EXPECT_EQ(!why, good) << where << " " << text;
      if (why) {
        EXPECT_EQ(why->what(), errc::invalid_argument);
        EXPECT_EQ(why->outcome, outcome::not_sent);
        EXPECT_EQ(why->where, where);
      }
    }
  }
}

}  // namespace
}  // namespace kith::rpc
