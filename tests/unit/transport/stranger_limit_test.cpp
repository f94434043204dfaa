// SPDX-License-Identifier: MPL-2.0
#include "transport/stranger_limit.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using kith::time_point;
using kith::transport::stranger_limit;
using kith::transport::stranger_limits;

constexpr stranger_limits few{
    .per_second = 2, .burst = 3, .per_second_of_all = 4, .burst_of_all = 8, .most_networks = 4};
constexpr time_point begin = time_point{} + 1h;

int let_in(stranger_limit& door, stranger_limit::network from, time_point now, int tries = 100) {
  int count = 0;
  for (int i = 0; i < tries; ++i) {
    count += door.begins(from, now) == stranger_limit::verdict::good ? 1 : 0;
  }
  return count;
}

TEST(StrangerLimit, GivesEachNetworkABurstAndThenSoManyASecond) {
  stranger_limit door{few};
  EXPECT_EQ(let_in(door, 1, begin), 3);
  EXPECT_EQ(door.begins(1, begin + 400ms), stranger_limit::verdict::too_many_of_it);
  EXPECT_EQ(let_in(door, 1, begin + 500ms), 1);
  EXPECT_EQ(let_in(door, 1, begin + 10s), 3) << "no more than a burst is saved";
  EXPECT_EQ(let_in(door, 2, begin + 10s), 3) << "others have their own";
}

TEST(StrangerLimit, BoundsAllNetworksTogether) {
  stranger_limit door{few};
  int sum = 0;
  for (stranger_limit::network from = 1; from <= 4; ++from) {
    sum += let_in(door, from, begin);
  }
  EXPECT_EQ(sum, 8);
  EXPECT_EQ(door.begins(4, begin), stranger_limit::verdict::too_many_of_all);
  EXPECT_EQ(let_in(door, 4, begin + 1s), 3) << "what came to all in a second, up to its own burst";
  EXPECT_EQ(let_in(door, 1, begin + 1s), 1);
}

TEST(StrangerLimit, WhoProvesAKeyCostsNothing) {
  stranger_limit door{few};
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(door.begins(1, begin), stranger_limit::verdict::good);
    door.proved(1, begin);
  }
  EXPECT_EQ(let_in(door, 1, begin), 3) << "and has no more than the burst for it";
}

TEST(StrangerLimit, KeepsABoundedTableAndForgetsWhoHasBeenQuiet) {
  stranger_limit door{few};
  for (stranger_limit::network from = 1; from <= 4; ++from) {
    ASSERT_EQ(let_in(door, from, begin, 1), 1);
  }
  EXPECT_EQ(let_in(door, 5, begin, 2) + let_in(door, 6, begin, 2), 3)
      << "those without a row have one in common";
  door.proved(7, begin);
  EXPECT_EQ(door.size(), 4U);
  EXPECT_EQ(let_in(door, 8, begin + 10s), 3);
  EXPECT_EQ(door.size(), 1U);
}

}  // namespace
