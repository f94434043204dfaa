// SPDX-License-Identifier: MPL-2.0
#include "base/delay_line.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "base/rare_warning.hpp"

namespace {

using namespace std::chrono_literals;

TEST(DelayLine, GivesBackWhatIsDueInOrder) {
  services::delay_line<int> line{100ms, 3};
  const kith::time_point start{};
  EXPECT_TRUE(line.push(1, start));
  EXPECT_TRUE(line.push(2, start + 50ms));
  EXPECT_TRUE(line.push(3, start + 60ms));
  EXPECT_FALSE(line.push(4, start + 60ms));
  EXPECT_EQ(line.take_due(start + 99ms), std::vector<int>{});
  EXPECT_EQ(line.take_due(start + 150ms), (std::vector<int>{1, 2}));
  EXPECT_EQ(line.size(), 1U);
  EXPECT_EQ(line.take_due(start + 1h), std::vector<int>{3});
}

TEST(RareWarning, SaysHowManyItKeptBack) {
  services::rare_warning warnings;
  const kith::time_point start{};
  EXPECT_EQ(warnings.about("a", start), "a");
  EXPECT_EQ(warnings.about("b", start + 1s), std::nullopt);
  EXPECT_EQ(warnings.about("c", start + 4s), std::nullopt);
  EXPECT_EQ(warnings.about("d", start + 5s), "d (and 2 times more)");
  EXPECT_EQ(warnings.about("e", start + 10s), "e");
}

}  // namespace
