// SPDX-License-Identifier: MPL-2.0
#include "rpc/call_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kith::rpc {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr time_point queue_start{1h};
constexpr auto line_a = static_cast<peers::session_id>(1);
constexpr auto line_b = static_cast<peers::session_id>(2);

class CallQueue : public testing::Test {
 protected:
  call_queue::admission add(const call_key& at, duration left = 10s, std::string body = "b") {
    const auto said = queue.admit(at, method, queue_start + left, body.size(), queue_start, 1);
    if (!said.refused) {
      call_context context{
          queue_start + left, std::make_shared<const node_description>(), {}, {}, nullptr};
      queue.keep(at, {&method, std::move(context), std::move(body), 0, queue_start});
    }
    return said;
  }

  registered_method method;
  call_queue queue{{.capacity = 3}};
};

TEST_F(CallQueue, GivesBackWhatACallAsksFor) {
  add({line_a, 1}, 10s, "body");
  ASSERT_EQ(queue.find({line_a, 1}), &method);
  const auto next = queue.pop(queue_start + 1s);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->at, (call_key{line_a, 1}));
  EXPECT_EQ(next->call.body, "body");
  EXPECT_EQ(next->fate, call_queue::fate::begin);
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_EQ(queue.find({line_a, 1}), nullptr);
  EXPECT_FALSE(queue.pop(queue_start));
}

TEST_F(CallQueue, SaysThatACallIsTooLate) {
  add({line_a, 1}, 1s);
  EXPECT_EQ(queue.pop(queue_start + 2s)->fate, call_queue::fate::expired);
}

TEST_F(CallQueue, WhoHasMostInItGivesWayAndIsGone) {
  for (const std::uint64_t call : {1U, 2U, 3U}) {
    EXPECT_FALSE(add({line_a, call}).other);
  }
  const auto said = add({line_b, 1});
  ASSERT_TRUE(said.other);
  EXPECT_EQ(said.other->at.first, line_a);
  EXPECT_EQ(said.other->which, &method);
  EXPECT_EQ(queue.find(said.other->at), nullptr);
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(add({line_a, 4}).refused, call_queue::refusal::full);
  EXPECT_EQ(queue.size(), 3U);
}

TEST_F(CallQueue, ACallerThatIsGoneLeavesNothing) {
  add({line_a, 1});
  add({line_b, 1});
  add({line_a, 2});
  EXPECT_THAT(queue.remove_all(line_a), ElementsAre(&method, &method));
  EXPECT_EQ(queue.remove({line_a, 1}), nullptr);
  EXPECT_EQ(queue.remove({line_b, 1}), &method);
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace kith::rpc
