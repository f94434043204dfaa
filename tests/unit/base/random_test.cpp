// SPDX-License-Identifier: MPL-2.0
#include "base/random.hpp"

#include <gtest/gtest.h>

#include <array>

namespace kith {
namespace {

TEST(RandomSource, IsSplitMix64) {
  // The published test vector of the reference implementation for seed 1234567.
  random_source random{1234567};
  EXPECT_EQ(random(), 6457827717110365317ULL);
  EXPECT_EQ(random(), 3203168211198807973ULL);
  EXPECT_EQ(random(), 9817491932198370423ULL);
}

TEST(RandomSource, OneSeedGivesOneRun) {
  random_source a{9};
  random_source b{9};
  random_source c{10};
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto value = a();
    EXPECT_EQ(value, b());
    differs |= value != c();
  }
  EXPECT_TRUE(differs);
}

TEST(RandomSource, StaysBelowItsBoundAndReachesAll) {
  random_source random{1};
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i) {
    ++seen.at(random.below(7));
  }
  for (const int count : seen) {
    EXPECT_NEAR(count, 1000, 150);
  }
  EXPECT_EQ(random.below(0), 0U);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(RandomSource, TheUnitIntervalIsHalfOpen) {
  random_source random{2};
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double value = random.unit();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    sum += value;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(RandomSource, APartsOwnGeneratorDoesNotDisturbTheOthers) {
  random_source a{3};
  random_source b{3};
  auto part = a.split();
  (void)b.split();
  for (int i = 0; i < 10; ++i) {
    (void)part();
  }
  EXPECT_EQ(a(), b());
}

}  // namespace
}  // namespace kith
