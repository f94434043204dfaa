// SPDX-License-Identifier: MPL-2.0
#include "durable/lease_watch.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using kith::durable::lease_watch;

kith::time_point at(kith::duration since_begin) {
  return kith::time_point{} + since_begin;
}

TEST(LeaseWatch, WhatNobodyHoldsMayBeTakenAtOnce) {
  lease_watch watch{2s};
  EXPECT_TRUE(watch.may_take({{}, "", 3, 9}, at(0s)));
}

TEST(LeaseWatch, AHolderThatRenewsKeepsIt) {
  lease_watch watch{2s};
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(watch.may_take({{}, "a", 1, i}, at(i * 1900ms))) << i;
  }
}

TEST(LeaseWatch, AHolderThatStandsStillLosesItAfterAWholeLeaseOfOurClock) {
  lease_watch watch{2s};
  EXPECT_FALSE(watch.may_take({{}, "a", 1, 5}, at(100s)));
  EXPECT_FALSE(watch.may_take({{}, "a", 1, 5}, at(101999ms)));
  EXPECT_TRUE(watch.may_take({{}, "a", 1, 5}, at(102s)));
}

TEST(LeaseWatch, ANewHolderBeginsANewLease) {
  lease_watch watch{2s};
  EXPECT_FALSE(watch.may_take({{}, "a", 1, 5}, at(0s)));
  EXPECT_FALSE(watch.may_take({{}, "b", 2, 5}, at(3s)));
  EXPECT_TRUE(watch.may_take({{}, "b", 2, 5}, at(5s)));
}

TEST(LeaseWatch, WhatWasSeenBeforeWeHeldItCountsNoLonger) {
  lease_watch watch{2s};
  EXPECT_FALSE(watch.may_take({{}, "a", 1, 5}, at(0s)));
  watch.forget();
  EXPECT_FALSE(watch.may_take({{}, "a", 1, 5}, at(10s)));
}

}  // namespace
