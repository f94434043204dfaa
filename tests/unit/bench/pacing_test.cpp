// SPDX-License-Identifier: MPL-2.0
#include "harness/progress.hpp"

#include <filesystem>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

/// The counters of two subscribers, in a file of their own.
class BenchPacing : public testing::Test {
 protected:
  ~BenchPacing() override { std::filesystem::remove(file_); }

  std::string file_ = testing::TempDir() + "kith-bench-progress";
  bench::progress heard_{file_, 2};
};

TEST_F(BenchPacing, TheSlowestSubscriberSetsThePace) {
  heard_.of(0).on_event(100);
  EXPECT_EQ(heard_.slowest(), 0U);
  heard_.of(1).on_event(40);
  bench::pacing pace{{0s, 1h}, heard_, 70, 100};
  EXPECT_EQ(pace.allowance(), 10U);
  heard_.of(1).on_event(41);
  EXPECT_EQ(pace.allowance(), 11U);
  pace.published_up_to(111);
  EXPECT_EQ(pace.allowance(), 0U);
}

TEST_F(BenchPacing, WhatIsLostOrTwiceOrOutOfOrderIsCounted) {
  for (const std::uint64_t sequence : {7U, 8U, 11U, 11U, 9U}) {
    heard_.of(0).on_event(sequence);
  }
  EXPECT_EQ(heard_.delivered(), 5U);
  EXPECT_EQ(heard_.wrong(), 2U + 1U + 1U);
}

TEST_F(BenchPacing, ARunEndsWhenAllHaveHeardAll) {
  heard_.of(0).on_event(5);
  heard_.of(1).on_event(5);
  bench::pacing pace{{0s, 0s}, heard_, 64, 5};
  pace.published_up_to(6);
  EXPECT_EQ(pace.allowance(), 0U);  // the time is up
  EXPECT_FALSE(pace.over());
  heard_.of(0).on_event(6);
  heard_.of(1).on_event(6);
  EXPECT_TRUE(pace.over());
  EXPECT_EQ(pace.result().wrong, 0U);
}

TEST_F(BenchPacing, TwoProcessesSeeTheSameCounters) {
  const bench::progress theirs{file_, 2};
  heard_.of(0).on_event(3);
  heard_.of(1).on_event(4);
  EXPECT_EQ(theirs.slowest(), 3U);
}

}  // namespace
