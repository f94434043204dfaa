// SPDX-License-Identifier: MPL-2.0
#include "base/work_share.hpp"

#include <array>

#include <gtest/gtest.h>

namespace {

TEST(WorkShare, TheOrderOfTheInstancesDoesNotMatter) {
  const std::array<std::string, 3> some{"aa", "bb", "cc"};
  const std::array<std::string, 3> other{"cc", "aa", "bb"};
  for (int i = 0; i < 1000; ++i) {
    const auto work = "order-" + std::to_string(i);
    EXPECT_EQ(some[services::chosen_of(work, some)], other[services::chosen_of(work, other)]);
  }
}

TEST(WorkShare, WorkIsSharedEvenly) {
  const std::array<std::string, 4> all{"01", "02", "03", "04"};
  std::array<int, 4> counts{};
  for (int i = 0; i < 10'000; ++i) {
    ++counts[services::chosen_of("5f3a91c2-" + std::to_string(i), all)];
  }
  for (const auto count : counts) {
    EXPECT_NEAR(count, 2500, 200);
  }
}

TEST(WorkShare, WhenOneGoesOnlyItsWorkMoves) {
  const std::array<std::string, 3> all{"aa", "bb", "cc"};
  const std::array<std::string, 2> left{"aa", "cc"};
  for (int i = 0; i < 1000; ++i) {
    const auto work = "order-" + std::to_string(i);
    const auto before = all[services::chosen_of(work, all)];
    if (before != "bb") {
      EXPECT_EQ(left[services::chosen_of(work, left)], before);
    }
  }
}

}  // namespace
