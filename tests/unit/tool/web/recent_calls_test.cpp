// SPDX-License-Identifier: MPL-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kith/web/recent_calls.hpp"

namespace kith::tool {
namespace {

using testing::SizeIs;

constexpr auto traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

recorded answer(const std::string& at, const std::string& direction, const std::string& peer,
                std::int64_t time_us, std::int64_t latency_us, const std::string& kind = "reply") {
  recorded one;
  one.node = at + "-id";
  one.instance = at;
  auto& row = one.envelope;
  row.time_us = time_us;
  row.direction = direction;
  row.peer = peer + "-id";
  row.instance = peer;
  row.kind = kind;
  row.name = "order.get";
  row.traceparent = traceparent;
  row.latency_us = latency_us;
  row.outcome = kind == "reply" ? "reply" : "not_found";
  return one;
}

TEST(RecentCalls, BothEndsOfACallAreOneRow) {
  recent_calls calls;
  calls.add(answer("order-1", "out", "payment-1", 5'000'900, 700));
  calls.add(answer("payment-1", "in", "order-1", 5'001'000, 1'000));
  const auto rows = calls.latest();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].trace, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(rows[0].from, "payment-1");
  EXPECT_EQ(rows[0].to, "order-1");
  EXPECT_EQ(rows[0].took_us, 1'000);
  EXPECT_EQ(rows[0].served_us, 700);
  EXPECT_EQ(rows[0].began_us, 5'000'000);
}

TEST(RecentCalls, WhatIsNoAnswerSaysNothing) {
  recent_calls calls;
  calls.add(answer("order-1", "in", "payment-1", 1, 0, "request"));
  calls.add(answer("order-1", "out", "", 1, 0, "event"));
  auto unknown = answer("order-1", "out", "payment-1", 1, 0);
  unknown.envelope.name.clear();
  calls.add(unknown);
  EXPECT_THAT(calls.latest(), SizeIs(0));
}

TEST(RecentCalls, TheLatestAreKeptAndComeFirst) {
  recent_calls calls;
  for (int i = 0; i < 500; ++i) {
    auto one = answer("payment-1", "in", "order-1", 1'000'000 + i, 1);
    one.envelope.traceparent.clear();
    one.envelope.id = static_cast<std::uint64_t>(i);
    calls.add(one);
  }
  const auto rows = calls.latest();
  ASSERT_THAT(rows, SizeIs(recent_calls::most));
  EXPECT_EQ(rows[0].began_us, 1'000'498);
  EXPECT_EQ(rows.back().began_us, 1'000'299);
}

TEST(RecentCalls, AnErrorIsToldWithItsName) {
  recent_calls calls;
  auto one = answer("payment-1", "in", "order-1", 1, 1, "error");
  one.envelope.message = "no order 42";
  calls.add(one);
  EXPECT_EQ(calls.latest()[0].outcome, "not_found");
  EXPECT_EQ(calls.latest()[0].message, "no order 42");
}

}  // namespace
}  // namespace kith::tool
