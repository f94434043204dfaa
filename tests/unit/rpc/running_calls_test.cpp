// SPDX-License-Identifier: MPL-2.0
#include "rpc/running_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kith::rpc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto session_a = static_cast<peers::session_id>(1);
constexpr auto session_b = static_cast<peers::session_id>(2);

call_context nobody() {
  return {time_point{}, std::make_shared<const node_description>(), {}, {}, nullptr};
}

class RunningCalls : public testing::Test {
 protected:
  RunningCalls() {
    reserved.reserved = true;
    poll.method.waits = true;
  }

  registered_method usual;
  registered_method reserved;
  registered_method poll;
  running_calls calls;
};

TEST_F(RunningCalls, CountThoseThatHaveNoPlace) {
  calls.add({session_a, 1}, usual, nobody());
  calls.add({session_a, 2}, reserved, nobody());
  calls.add({session_a, 3}, poll, nobody());
  calls.add({session_b, 3}, poll, nobody());
  EXPECT_EQ(calls.size(), 4U);
  EXPECT_EQ(calls.reserved(), 1U);
  EXPECT_EQ(calls.untimed(), 2U);
  for (const auto& at : {call_key{session_a, 3}, {session_a, 2}, {session_a, 3}, {session_b, 9}}) {
    calls.remove(at);
  }
  EXPECT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls.reserved(), 0U);
  EXPECT_EQ(calls.untimed(), 1U);
}

TEST_F(RunningCalls, AreFoundBySession) {
  calls.add({session_b, 1}, usual, nobody());
  calls.add({session_a, 2}, usual, nobody());
  calls.add({session_a, 0}, usual, nobody());
  EXPECT_THAT(calls.of(session_a), ElementsAre(call_key{session_a, 0}, call_key{session_a, 2}));
  EXPECT_THAT(calls.of(static_cast<peers::session_id>(3)), IsEmpty());
  EXPECT_EQ(calls.find({session_a, 1}), nullptr);
  EXPECT_EQ(calls.find({session_a, 2})->which, &usual);
}

TEST_F(RunningCalls, AnInterruptedOneStaysUntilItEnds) {
  const auto& call = calls.add({session_a, 1}, usual, nobody());
  calls.interrupt({session_a, 2});
  EXPECT_FALSE(call.context.cancelled());
  calls.interrupt({session_a, 1});
  calls.interrupt({session_a, 1});
  EXPECT_TRUE(call.context.cancelled());
  EXPECT_EQ(calls.size(), 1U);
}

}  // namespace
}  // namespace kith::rpc
