// SPDX-License-Identifier: MPL-2.0
#include "events/sequence_check.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.hpp"

namespace kith::events {
namespace {

using verdict = sequence_check::verdict;

TEST(SequenceCheck, DeliversWhatComesNext) {
  sequence_check check{10};
  for (std::uint64_t i = 11; i <= 20; ++i) {
    const auto step = check.on_event(i);
    EXPECT_EQ(step.what, verdict::deliver);
    EXPECT_FALSE(step.gap);
  }
  EXPECT_EQ(check.delivered(), 10U);
  EXPECT_EQ(check.missed(), 0U);
}

TEST(SequenceCheck, TellsAGapWithItsSizeBeforeTheEventThatShowsIt) {
  sequence_check check{0};
  const auto step = check.on_event(5);
  EXPECT_EQ(step.what, verdict::deliver);
  ASSERT_TRUE(step.gap);
  EXPECT_EQ(step.gap->first, 1U);
  EXPECT_EQ(step.gap->count, 4U);
  EXPECT_FALSE(check.on_event(6).gap);
}

TEST(SequenceCheck, NeverDeliversTwiceNorWhatWasCountedAsMissed) {
  sequence_check check{0};
  check.on_event(1);
  check.on_event(4);
  for (const std::uint64_t old : {1U, 2U, 3U, 4U}) {
    const auto step = check.on_event(old);
    EXPECT_EQ(step.what, verdict::stale);
    EXPECT_FALSE(step.gap);
  }
  EXPECT_EQ(check.delivered(), 2U);
  EXPECT_EQ(check.missed(), 2U);
}

TEST(SequenceCheck, LearnsOfALostTailFromTheHead) {
  sequence_check check{3};
  EXPECT_FALSE(check.on_head(3));
  EXPECT_FALSE(check.on_head(2));
  const auto gap = check.on_head(7);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->first, 4U);
  EXPECT_EQ(gap->count, 4U);
  EXPECT_FALSE(check.on_head(7));
  EXPECT_EQ(check.on_event(7).what, verdict::stale);
}

TEST(SequenceCheck, BalancesItsBooksWhateverComes) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(seed);
    random_source random{seed};
    const auto base = random.below(1000);
    sequence_check check{base};
    std::vector<bool> told(2000);  // each number at most once: delivered or in a gap
    const auto tell = [&](std::uint64_t first, std::uint64_t count) {
      for (; count > 0; --count, ++first) {
        ASSERT_FALSE(told[first]);
        told[first] = true;
      }
    };
    for (int i = 0; i < 100; ++i) {
      const auto number = base + random.below(900);
      if (random.below(4) == 0) {
        if (const auto gap = check.on_head(number)) {
          tell(gap->first, gap->count);
        }
      } else {
        const auto step = check.on_event(number);
        if (step.gap) {
          tell(step.gap->first, step.gap->count);
        }
        if (step.what == verdict::deliver) {
          tell(number, 1);
        }
      }
      ASSERT_TRUE(check.balances());
    }
    for (auto i = base + 1; i <= check.last(); ++i) {
      ASSERT_TRUE(told[i]) << i;
    }
  }
}

}  // namespace
}  // namespace kith::events
