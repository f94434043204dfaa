// SPDX-License-Identifier: MPL-2.0
#include "resilience/admission_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "unit/resilience/start.hpp"

namespace kith::resilience {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using refusal = admission_queue::refusal;
using fate = admission_queue::fate;

admission_queue::entry waiting(std::uint64_t caller, std::uint64_t call, duration left = seconds{1},
                               duration expected = {}) {
  return {caller, call, start + left, expected};
}

std::vector<std::uint64_t> callers_in_turn(admission_queue& q) {
  std::vector<std::uint64_t> order;
  while (const auto next = q.pop(start)) {
    order.push_back(next->which.caller);
  }
  return order;
}

TEST(AdmissionQueue, LetsCallersTakeTurnsEachWithItsOldest) {
  admission_queue q;
  for (std::uint64_t i = 0; i < 3; ++i) {
    q.push(waiting(1, i), start, 1);
  }
  q.push(waiting(2, 0), start, 1);
  q.push(waiting(3, 0), start, 1);
  q.push(waiting(2, 1), start, 1);
  EXPECT_EQ(q.pop(start)->which.call, 0U);
  EXPECT_EQ(callers_in_turn(q), (std::vector<std::uint64_t>{2, 3, 1, 2, 1}));
  EXPECT_TRUE(q.empty());
}

TEST(AdmissionQueue, RefusesAtOnceWhatCannotBeInTime) {
  admission_queue q;
  q.on_served(milliseconds{10});
  // Two at once, 10 ms each: the n-th to wait begins after n x 5 ms, and needs 10 ms more.
  for (std::uint64_t i = 0; i < 16; ++i) {
    ASSERT_FALSE(q.push(waiting(1, i, milliseconds{100}, milliseconds{10}), start, 2).refused) << i;
  }
  EXPECT_EQ(q.push(waiting(1, 16, milliseconds{100}, milliseconds{10}), start, 2).refused,
            refusal::too_late);
  EXPECT_EQ(q.size(), 16U);
  EXPECT_FALSE(q.push(waiting(1, 16, milliseconds{120}, milliseconds{10}), start, 2).refused);
  EXPECT_EQ(q.expected_wait(1, 2), milliseconds{90});
}

TEST(AdmissionQueue, AModestCallerIsInTimeWhereAGreedyOneIsNot) {
  admission_queue q;
  q.on_served(milliseconds{10});
  std::uint64_t i = 0;
  while (!q.push(waiting(1, i, milliseconds{200}), start, 1).refused) {
    ++i;
  }
  EXPECT_FALSE(q.push(waiting(2, 0, milliseconds{30}), start, 1).refused);
  EXPECT_EQ(callers_in_turn(q)[1], 2U);
}

TEST(AdmissionQueue, KnowsNothingUntilSomethingWasServed) {
  admission_queue q;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    ASSERT_FALSE(q.push(waiting(1, i, milliseconds{1}), start, 1).refused);
  }
  EXPECT_EQ(q.expected_wait(1, 1), duration::zero());
}

TEST(AdmissionQueue, SaysOfEachWhetherItIsWorthBeginning) {
  admission_queue q;
  q.push(waiting(1, 0, milliseconds{100}, milliseconds{10}), start, 1);
  q.push(waiting(1, 1, milliseconds{100}, milliseconds{10}), start, 1);
  q.push(waiting(1, 2, milliseconds{100}, milliseconds{10}), start, 1);
  EXPECT_EQ(q.pop(start + milliseconds{80})->fate, fate::begin);
  EXPECT_EQ(q.pop(start + milliseconds{81})->fate, fate::hopeless);
  EXPECT_EQ(q.pop(start + milliseconds{100})->fate, fate::expired);
  EXPECT_FALSE(q.pop(start));
}

TEST(AdmissionQueue, WhenFullWhoHasMostGivesWay) {
  admission_queue q{{.capacity = 4}};
  for (std::uint64_t i = 0; i < 4; ++i) {
    q.push(waiting(1, i), start, 1);
  }
  EXPECT_EQ(q.push(waiting(1, 4), start, 1).refused, refusal::full);
  const auto first = q.push(waiting(2, 0), start, 1);
  ASSERT_TRUE(first.pushed_out);
  EXPECT_EQ(first.pushed_out->caller, 1U);
  EXPECT_EQ(first.pushed_out->call, 3U);
  EXPECT_TRUE(q.push(waiting(2, 1), start, 1).pushed_out);
  EXPECT_EQ(q.push(waiting(2, 2), start, 1).refused, refusal::full);
  EXPECT_EQ(q.size(), 4U);
  EXPECT_EQ(callers_in_turn(q), (std::vector<std::uint64_t>{1, 2, 1, 2}));
}

TEST(AdmissionQueue, WithoutRoomRefusesAll) {
  admission_queue q{{.capacity = 0}};
  EXPECT_EQ(q.push(waiting(1, 0), start, 1).refused, refusal::full);
}

TEST(AdmissionQueue, BoundsTheOctetsToo) {
  admission_queue q{{.bytes = 100}};
  const auto push = [&q](std::uint64_t caller, std::uint64_t call, std::size_t bytes) {
    return q.push({caller, call, start + seconds{1}, {}, bytes}, start, 1);
  };
  EXPECT_EQ(push(1, 0, 101).refused, refusal::full);
  for (std::uint64_t i = 0; i < 4; ++i) {
    EXPECT_FALSE(push(1, i, 25).refused);
  }
  EXPECT_EQ(push(1, 4, 1).refused, refusal::full);
  EXPECT_EQ(push(2, 0, 26).refused, refusal::full);  // one that gives way makes no room for it
  EXPECT_EQ(push(2, 0, 25).pushed_out->call, 3U);
  EXPECT_TRUE(q.remove(1, 1));
  EXPECT_TRUE(q.pop(start));
  EXPECT_FALSE(push(3, 0, 50).refused);
  EXPECT_EQ(q.remove_all(3).size(), 1U);
  EXPECT_FALSE(push(3, 1, 50).refused);
}

TEST(AdmissionQueue, ForgetsWhoGaveUpAndWhoIsGone) {
  admission_queue q;
  for (std::uint64_t i = 0; i < 3; ++i) {
    q.push(waiting(1, i), start, 1);
    q.push(waiting(2, i), start, 1);
  }
  EXPECT_TRUE(q.remove(1, 1));
  EXPECT_FALSE(q.remove(1, 1));
  EXPECT_FALSE(q.remove(3, 0));
  EXPECT_EQ(q.remove_all(2).size(), 3U);
  EXPECT_TRUE(q.remove_all(2).empty());
  EXPECT_EQ(q.size(), 2U);
  EXPECT_EQ(callers_in_turn(q), (std::vector<std::uint64_t>{1, 1}));
  q.push(waiting(1, 0), start, 1);
  EXPECT_TRUE(q.remove(1, 0));
  EXPECT_FALSE(q.pop(start));
}

/// Calls with 200 ms come for ten seconds at three times what `at_once` can serve in 10 ms each.
/// How many of those that could be served were, in time, in the second half of them.
double goodput_at_three_times_capacity(admission_options options) {
  constexpr std::uint32_t at_once = 4;
  admission_queue q{options};
  std::vector<std::pair<time_point, time_point>> running;  // end, deadline
  int good = 0;
  std::uint64_t number = 0;
  q.on_served(milliseconds{10});
  for (auto now = start; now < start + seconds{10}; now += microseconds{50}) {
    std::erase_if(running, [&](const auto& one) {
      const bool over = one.first <= now;
      good += over && one.first <= one.second && now > start + seconds{5} ? 1 : 0;
      return over;
    });
    if ((now - start) % microseconds{850} < microseconds{50}) {
      q.push({1, ++number, now + milliseconds{200}, milliseconds{10}}, now, at_once);
    }
    while (running.size() < at_once && !q.empty()) {
      const auto next = *q.pop(now);
      if (next.fate == fate::begin) {
        running.emplace_back(now + milliseconds{10}, next.which.deadline);
      }
    }
  }
  return good / (5 * 400.0);
}

TEST(AdmissionQueue, UnderOverloadSheddingKeepsTheWorkUseful) {
  EXPECT_GT(goodput_at_three_times_capacity({}), 0.99);
  EXPECT_LT(goodput_at_three_times_capacity({.shed = false}), 0.1);
}

}  // namespace
}  // namespace kith::resilience
