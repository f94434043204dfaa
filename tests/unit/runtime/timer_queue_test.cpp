// SPDX-License-Identifier: MPL-2.0
#include "runtime/timer_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.hpp"

namespace kith::runtime {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TimerQueue : public ::testing::Test {
 protected:
  timer_id arm(int at_ms, int tag) {
    return queue_.arm(at(at_ms), [this, tag] { fired_.push_back(tag); });
  }
  static time_point at(int ms) { return time_point{milliseconds{ms}}; }
  void run(int now_ms) {
    for (auto fire = queue_.take_due(at(now_ms)); fire; fire = queue_.take_due(at(now_ms))) {
      fire();
    }
  }

  timer_queue queue_;
  std::vector<int> fired_;
};

TEST_F(TimerQueue, HasNothingAtFirst) {
  EXPECT_EQ(queue_.next(), std::nullopt);
  EXPECT_EQ(queue_.size(), 0U);
  EXPECT_FALSE(queue_.take_due(time_point::max()));
}

TEST_F(TimerQueue, FiresInTheOrderOfDeadlines) {
  arm(30, 3);
  arm(10, 1);
  arm(20, 2);
  EXPECT_EQ(queue_.next(), at(10));
  run(9);
  EXPECT_THAT(fired_, IsEmpty());
  run(20);
  EXPECT_THAT(fired_, ElementsAre(1, 2));
  EXPECT_EQ(queue_.next(), at(30));
  run(1000);
  EXPECT_THAT(fired_, ElementsAre(1, 2, 3));
  EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(TimerQueue, EqualDeadlinesFireInTheOrderOfArming) {
  for (int tag = 0; tag < 100; ++tag) {
    arm(5, tag);
  }
  run(5);
  EXPECT_EQ(fired_.size(), 100U);
  EXPECT_TRUE(std::is_sorted(fired_.begin(), fired_.end()));
}

TEST_F(TimerQueue, ACancelledTimerDoesNotFire) {
  arm(10, 1);
  const auto second = arm(5, 2);
  EXPECT_TRUE(queue_.cancel(second));
  EXPECT_FALSE(queue_.cancel(second));
  EXPECT_EQ(queue_.next(), at(10));
  run(100);
  EXPECT_THAT(fired_, ElementsAre(1));
}

TEST_F(TimerQueue, WhatHasFiredCannotBeCancelled) {
  const auto id = arm(1, 1);
  run(1);
  EXPECT_FALSE(queue_.cancel(id));
  EXPECT_FALSE(queue_.cancel(timer_id::none));
}

TEST_F(TimerQueue, ATimerMayArmAndCancelOthersWhileItFires) {
  timer_id victim{};
  queue_.arm(at(1), [&] {
    fired_.push_back(1);
    queue_.cancel(victim);
    arm(1, 3);
  });
  victim = arm(2, 2);
  run(5);
  EXPECT_THAT(fired_, ElementsAre(1, 3));
}

TEST_F(TimerQueue, AFiredOrCancelledTimerLetsGoOfWhatItHeld) {
  const auto shared = std::make_shared<int>(1);
  const auto id = queue_.arm(at(1), [shared] {});
  queue_.arm(at(2), [shared] {});
  queue_.arm(at(3), [shared] {});
  EXPECT_EQ(shared.use_count(), 4);
  queue_.cancel(id);
  EXPECT_EQ(shared.use_count(), 3);
  run(2);
  EXPECT_EQ(shared.use_count(), 2);
  queue_.clear();
  EXPECT_EQ(shared.use_count(), 1);
  EXPECT_EQ(queue_.next(), std::nullopt);
}

TEST_F(TimerQueue, AgreesWithASortedMapWhateverIsDone) {
  random_source random{20};
  std::map<std::pair<int, int>, timer_id> model;  // (deadline, tag)
  int tag = 0;
  int now = 0;
  for (int step = 0; step < 20'000; ++step) {
    const auto choice = random.below(10);
    if (choice < 5) {
      const int when = now + static_cast<int>(random.below(200));
      model.emplace(std::pair{when, tag}, arm(when, tag));
      ++tag;
    } else if (choice < 9 && !model.empty()) {
      auto victim = model.begin();
      std::advance(victim,
                   static_cast<long>(random.below(std::min<std::size_t>(model.size(), 50))));
      EXPECT_TRUE(queue_.cancel(victim->second));
      model.erase(victim);
    } else {
      now += static_cast<int>(random.below(20));
      run(now);
      std::vector<int> expected;
      while (!model.empty() && model.begin()->first.first <= now) {
        expected.push_back(model.begin()->first.second);
        model.erase(model.begin());
      }
      ASSERT_EQ(fired_, expected) << "step " << step;
      fired_.clear();
    }
    ASSERT_EQ(queue_.size(), model.size());
  }
}

}  // namespace
}  // namespace kith::runtime
