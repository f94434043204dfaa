// SPDX-License-Identifier: MPL-2.0
#include "rpc/pending_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kith::rpc {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr time_point call_start{1h};

class PendingCall : public testing::Test {
 protected:
  pending_call made(bool waits = false) {
    pending_call p;
    p.id = 1;
    p.call.body = "four";
    p.call.traits.waits = waits;
    p.began = call_start;
    route to;
    to.counters = &counters;
    to.times = &times;
    p.count_begin(to);
    return p;
  }

  ledger::flow counters;
  ledger::call_times times;
};

TEST_F(PendingCall, AReplyIsDelivered) {
  auto p = made();
  p.count_reply(7, call_start + 1s);
  EXPECT_EQ(counters.sent, 1U);
  EXPECT_EQ(counters.sent_bytes, 4U);
  EXPECT_EQ(counters.delivered, 1U);
  EXPECT_EQ(counters.delivered_bytes, 7U);
  EXPECT_EQ(times.took.count(), 1U);
}

TEST_F(PendingCall, AStreamThatBeginsIsNotDeliveredYet) {
  auto p = made(true);
  p.call.window = 4;
  p.count_reply(0, call_start + 1s);
  EXPECT_EQ(counters.in_flight(), 1U);
  EXPECT_EQ(times.took.count(), 0U) << "its time says nothing of calls";
}

TEST_F(PendingCall, AFailureHasItsReasonUnlessThePeerSaidIt) {
  using reason = ledger::drop_reason;
  struct row {
    errc what;
    reason dropped;
    std::uint64_t timed;
  };
  for (const auto& [what, dropped, timed] :
       {row{errc::deadline_exceeded, reason::deadline_passed, 1},
        {errc::cancelled, reason::cancelled, 0},
        {errc::queue_full, reason::queue_full, 1},
        {errc::shutting_down, reason::shutting_down, 1},
        {errc::peer_lost, reason::peer_lost, 1},
        {errc::no_instance, reason::unroutable, 1}}) {
    counters = {};
    times = {};
    auto p = made();
    p.count_failure(error{what, "why"}, false, call_start + 1s);
    EXPECT_EQ(counters.drops(dropped), 1U) << name_of(what);
    EXPECT_EQ(counters.in_flight(), 0U) << name_of(what);
    EXPECT_EQ(times.took.count(), timed) << name_of(what);
    auto told = made();
    told.count_failure(error{what, "why"}, true, call_start + 1s);
    EXPECT_EQ(counters.delivered, 1U) << name_of(what);
    EXPECT_EQ(counters.in_flight(), 0U) << name_of(what);
  }
}

TEST_F(PendingCall, WhoseLinkBrokeMayBeAskedAgain) {
  const node_id server_id{{1}};
  auto p = made();
  p.note_failure(server_id, error{errc::handler_failed, "why", outcome::answered});
  EXPECT_THAT(p.failed, ElementsAre(server_id));
  EXPECT_FALSE(p.uncertain);
  p.note_failure(server_id, error{errc::peer_lost, "why", outcome::not_sent});
  EXPECT_THAT(p.failed, IsEmpty());
  p.note_failure(server_id, error{errc::shutting_down, "why", outcome::not_sent});
  EXPECT_THAT(p.failed, ElementsAre(server_id)) << "it says itself that it goes";
  p.note_failure(server_id, error{errc::peer_lost, "why", outcome::outcome_unknown});
  EXPECT_TRUE(p.uncertain);
}

TEST(PendingCalls, ARowThatHasEndedIsNotFound) {
  pending_calls calls;
  calls.make_row(5);
  EXPECT_EQ(calls.find(5), nullptr);
  calls.row_of(5).id = 5;
  EXPECT_EQ(calls.find(5), &calls.row_of(5));
  EXPECT_EQ(calls.find(5 + call_table::most), nullptr) << "another call of that row";
  EXPECT_EQ(calls.find(6), nullptr);
  calls.row_of(5).take();
  EXPECT_EQ(calls.find(5), nullptr);
  EXPECT_EQ(calls.find(0), nullptr);
}

}  // namespace
}  // namespace kith::rpc
