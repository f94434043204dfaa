// SPDX-License-Identifier: MPL-2.0
#include "kith/diagnose/doctor_clocks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kith::tool {
namespace {

using testing::HasSubstr;

TEST(DoctorClocks, AnAnswerWasReadInTheMiddleOfItsRoundTrip) {
  const auto same = read_clock(1'000'500, 1'001'000, 1'000);
  EXPECT_EQ(same.offset_us, 0);
  EXPECT_EQ(same.doubt_us, 500);
  EXPECT_EQ(read_clock(5'000'000, 2'000'000, 0).offset_us, 3'000'000);
  EXPECT_EQ(read_clock(1'000'000, 2'000'000, 3).doubt_us, 2);
}

std::vector<finding> judged(std::vector<clock_reading> clocks) {
  std::vector<finding> found;
  judge_clocks(clocks, found);
  return found;
}

TEST(DoctorClocks, OneThatIsOffIsNamedWithHowFarAndTheNextStep) {
  const auto found =
      judged({{"order-1", 2'400'000, 3'000}, {"order-2", -5'000'000, 10}, {"a", 7, 9}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].severity, "warning");
  EXPECT_EQ(found[0].code, "clock_off");
  EXPECT_EQ(found[0].found,
            "order-1: its clock is 2.4 s ahead of this machine's, to within 3.00 ms");
  EXPECT_THAT(found[0].next, HasSubstr("NTP"));
  EXPECT_THAT(found[1].found, HasSubstr("5.0 s behind this machine's"));
}

TEST(DoctorClocks, WhatMayBeTheRoundTripIsNoOffset) {
  EXPECT_EQ(judged({{"order-1", 1'200'000, 300'000}}).at(0).code, "clocks");
  EXPECT_EQ(judged({{"order-1", 1'300'001, 300'000}}).at(0).code, "clock_off");
}

TEST(DoctorClocks, ThoseThatAgreeAreOneFinding) {
  const auto found = judged({{"order-1", 200, 300}, {"order-2", -900, 100}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, "good");
  EXPECT_EQ(found[0].found, "the clocks of 2 nodes are within 1.00 ms of this machine's");
  EXPECT_TRUE(judged({}).empty());
}

}  // namespace
}  // namespace kith::tool
