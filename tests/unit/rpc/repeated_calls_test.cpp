// SPDX-License-Identifier: MPL-2.0
#include "rpc/repeated_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kith::rpc {
namespace {

using namespace std::chrono_literals;
using finding = repeated_calls::finding;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr time_point start{1h};
constexpr std::uint64_t of_body = 5;

repeated_calls::work work_of(std::string key, std::string caller = "order") {
  return {std::move(caller), "payment.charge", std::move(key)};
}

void do_it(repeated_calls& known, const std::string& key, std::string_view reply,
           time_point now = start) {
  known.begin(work_of(key), of_body);
  EXPECT_THAT(known.end(work_of(key), reply, now), IsEmpty());
}

TEST(RepeatedCalls, WhatIsDoneIsAnsweredWithItsReply) {
  repeated_calls known;
  EXPECT_EQ(known.look_up(work_of("a"), of_body, start), finding::fresh);
  known.begin(work_of("a"), of_body);
  EXPECT_EQ(known.look_up(work_of("a"), of_body, start), finding::at_work);
  known.end(work_of("a"), "charged", start);
  ASSERT_EQ(known.look_up(work_of("a"), of_body, start), finding::done);
  EXPECT_EQ(known.reply_to(work_of("a")), "charged");
}

TEST(RepeatedCalls, WorkIsNamedByCallerMethodAndKey) {
  repeated_calls known;
  do_it(known, "a", "charged");
  auto other_method = work_of("a");
  other_method.method = "payment.refund";
  EXPECT_EQ(known.look_up(work_of("b"), of_body, start), finding::fresh);
  EXPECT_EQ(known.look_up(work_of("a", "stock"), of_body, start), finding::fresh);
  EXPECT_EQ(known.look_up(other_method, of_body, start), finding::fresh);
}

TEST(RepeatedCalls, AKeyBelongsToOneRequest) {
  repeated_calls known;
  known.begin(work_of("a"), of_body);
  EXPECT_EQ(known.look_up(work_of("a"), of_body + 1, start), finding::differs);
  known.end(work_of("a"), "charged", start);
  EXPECT_EQ(known.look_up(work_of("a"), of_body + 1, start), finding::differs);
}

TEST(RepeatedCalls, WhatEndedWithoutAReplyMayBeDoneAgain) {
  repeated_calls known;
  known.begin(work_of("a"), of_body);
  known.end(work_of("a"));
  EXPECT_EQ(known.look_up(work_of("a"), of_body + 1, start), finding::fresh);
}

TEST(RepeatedCalls, WhoWaitedIsToldInTurn) {
  repeated_calls known;
  known.begin(work_of("a"), of_body);
  known.begin(work_of("b"), of_body);
  EXPECT_TRUE(known.follow(work_of("a"), {1, 7}, 10));
  EXPECT_TRUE(known.follow(work_of("b"), {1, 8}, 10));
  EXPECT_TRUE(known.follow(work_of("a"), {2, 7}, 10));
  EXPECT_TRUE(known.follow(work_of("a"), {3, 7}, 10));
  known.leave({2, 7});
  known.leave({9, 9});
  EXPECT_THAT(known.end(work_of("a"), "charged", start),
              ElementsAre(repeated_calls::call{1, 7}, repeated_calls::call{3, 7}));
  EXPECT_THAT(known.end(work_of("b")), ElementsAre(repeated_calls::call{1, 8}));
}

TEST(RepeatedCalls, NotMoreWaitThanMay) {
  repeated_calls known{{.followers = 2, .follower_bytes = 100}};
  known.begin(work_of("a"), of_body);
  EXPECT_TRUE(known.follow(work_of("a"), {1, 1}, 60));
  EXPECT_FALSE(known.follow(work_of("a"), {1, 2}, 60));
  EXPECT_TRUE(known.follow(work_of("a"), {1, 3}, 40));
  EXPECT_FALSE(known.follow(work_of("a"), {1, 4}, 0));
  known.leave({1, 1});
  EXPECT_TRUE(known.follow(work_of("a"), {1, 5}, 60));
  known.end(work_of("a"));
  known.begin(work_of("a"), of_body);
  EXPECT_TRUE(known.follow(work_of("a"), {1, 6}, 100));
}

TEST(RepeatedCalls, TheOldestReplyGoesFirst) {
  repeated_calls known{{.replies = 2}};
  do_it(known, "a", "1");
  do_it(known, "b", "2");
  do_it(known, "c", "3");
  EXPECT_EQ(known.look_up(work_of("a"), of_body, start), finding::fresh);
  EXPECT_EQ(known.look_up(work_of("b"), of_body, start), finding::done);
  EXPECT_EQ(known.look_up(work_of("c"), of_body, start), finding::done);
}

TEST(RepeatedCalls, NoReplyIsKeptForEver) {
  repeated_calls known{{.age = 60s}};
  do_it(known, "a", "1");
  do_it(known, "b", "2", start + 30s);
  EXPECT_EQ(known.look_up(work_of("a"), of_body, start + 60s - 1ns), finding::done);
  EXPECT_EQ(known.look_up(work_of("a"), of_body, start + 60s), finding::fresh);
  EXPECT_EQ(known.look_up(work_of("b"), of_body, start + 60s), finding::done);
}

TEST(RepeatedCalls, WhatIsTooOldGoesWithoutACallToo) {
  repeated_calls known{{.age = 60s}};
  EXPECT_EQ(known.next_expiry(), std::nullopt);
  do_it(known, "a", "1");
  do_it(known, "b", "2", start + 30s);
  EXPECT_EQ(known.next_expiry(), start + 60s);
  known.drop_expired(start + 60s - 1ns);
  EXPECT_EQ(known.replies(), 2U);
  known.drop_expired(start + 60s);
  EXPECT_EQ(known.replies(), 1U);
  EXPECT_EQ(known.next_expiry(), start + 90s);
  known.drop_expired(start + 90s);
  EXPECT_EQ(known.next_expiry(), std::nullopt);
  EXPECT_EQ(known.bytes(), 0U);
}

TEST(RepeatedCalls, TheirOctetsAreBounded) {
  repeated_calls known{{.bytes = 10'000, .reply_bytes = 1'000}};
  do_it(known, "large", std::string(1'001, 'x'));
  EXPECT_EQ(known.look_up(work_of("large"), of_body, start), finding::fresh);
  for (int i = 0; i < 100; ++i) {
    do_it(known, std::to_string(i), std::string(1'000, 'x'));
    EXPECT_LE(known.bytes(), 10'000U);
  }
  EXPECT_GE(known.replies(), 5U);
  EXPECT_EQ(known.look_up(work_of("99"), of_body, start), finding::done);
  EXPECT_EQ(known.look_up(work_of("x"), of_body, start + 1h), finding::fresh);
  EXPECT_EQ(known.bytes(), 0U);
}

}  // namespace
}  // namespace kith::rpc
