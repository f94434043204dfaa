// SPDX-License-Identifier: MPL-2.0
#include "base/calendar.hpp"

#include <gtest/gtest.h>

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr time_point start{1h};
constexpr wall_time noon{12h};

TEST(Calendar, GivesOneMomentOneTimeHoweverLateTheClocksWereRead) {
  calendar days;
  EXPECT_EQ(days.at(start), wall_time{});
  days.set(start, noon);
  EXPECT_EQ(days.at(start + 5s), noon + 5s);
  days.set(start + 10s, noon + 10s + 60ms);
  EXPECT_EQ(days.at(start + 5s), noon + 5s);
  EXPECT_EQ(days.at(start + 11s), noon + 11s);
  EXPECT_EQ(days.at(start - 1s), noon - 1s);
}

TEST(Calendar, LeavesWhatWasWhereItWasWhenItIsSet) {
  calendar days;
  days.set(start, noon);
  days.set(start + 10s, noon + 1h + 10s);
  days.set(start + 20s, noon + 20s);
  EXPECT_EQ(days.at(start + 9s), noon + 9s);
  EXPECT_EQ(days.at(start + 10s), noon + 1h + 10s);
  EXPECT_EQ(days.at(start + 20s), noon + 20s);
}

TEST(Calendar, CountsManySmallStepsAsOne) {
  calendar days;
  for (int i = 0; i <= 10; ++i) {
    days.set(start + i * 1s, noon + i * 1s + i * 20ms);
  }
  EXPECT_EQ(days.at(start + 10s), noon + 10s + 200ms);
}

TEST(Calendar, RemembersABoundedNumberOfSteps) {
  calendar days;
  for (int i = 0; i < 100; ++i) {
    days.set(start + i * 1s, noon + i * 1h);
  }
  EXPECT_EQ(days.at(start + 99s), noon + 99h);
  EXPECT_EQ(days.at(start), noon + 84h - 84s);
}

}  // namespace
}  // namespace kith
