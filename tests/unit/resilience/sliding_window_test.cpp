// SPDX-License-Identifier: MPL-2.0
#include "resilience/sliding_window.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "base/random.hpp"
#include "unit/resilience/start.hpp"

namespace kith::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct past_call {
  std::int64_t bucket;
  bool failed;
  bool slow;
};

call_counts sum(const std::deque<past_call>& calls) {
  call_counts all;
  for (const auto& one : calls) {
    all.add(one.failed, one.slow);
  }
  return all;
}

TEST(SlidingWindow, ByCountAgreesWithAListOfTheCalls) {
  random_source random{1};
  for (const std::size_t size : {1U, 2U, 7U, 100U, 256U}) {
    count_window window{size};
    std::deque<past_call> list;
    for (int i = 0; i < 2000; ++i) {
      const past_call one{0, random.below(2) == 0, random.below(3) == 0};
      list.push_back(one);
      if (list.size() > size) {
        list.pop_front();
      }
      window.record(one.failed, one.slow);
      ASSERT_EQ(window.counts(), sum(list)) << size << ' ' << i;
    }
    window.reset();
    EXPECT_EQ(window.counts(), call_counts{});
    window.record(true, false);
    EXPECT_EQ(window.counts(), (call_counts{1, 1, 0}));
  }
}

TEST(SlidingWindow, ByTimeAgreesWithAListOfTheCalls) {
  random_source random{2};
  time_window window{seconds{10}};
  std::deque<past_call> list;
  auto now = start;
  for (int i = 0; i < 5000; ++i) {
    now += milliseconds{random.below(random.below(50) == 0 ? 30'000 : 400)};
    const auto bucket = now.time_since_epoch() / seconds{1};
    const past_call one{bucket, random.below(2) == 0, random.below(3) == 0};
    list.push_back(one);
    while (list.front().bucket <= bucket - 10) {
      list.pop_front();
    }
    window.record(now, one.failed, one.slow);
    ASSERT_EQ(window.counts(), sum(list)) << i;
  }
}

TEST(SlidingWindow, ByTimeForgetsEverythingAfterItsLength) {
  time_window window{seconds{10}};
  window.record(start, true, true);
  window.advance(start + milliseconds{8'999});
  EXPECT_EQ(window.counts(), (call_counts{1, 1, 1}));
  window.advance(start + seconds{10});
  EXPECT_EQ(window.counts(), call_counts{});
}

TEST(SlidingWindow, NoCallHasNoRate) {
  EXPECT_EQ(call_counts{}.failed_percent(), std::nullopt);
  EXPECT_EQ((call_counts{4, 1, 3}).failed_percent(), 25);
  EXPECT_EQ((call_counts{4, 1, 3}).slow_percent(), 75);
}

}  // namespace
}  // namespace kith::resilience
