// SPDX-License-Identifier: MPL-2.0
#include "resilience/outlier_detector.hpp"

#include <gtest/gtest.h>

#include "unit/resilience/start.hpp"

namespace kith::resilience {
namespace {

using std::chrono::seconds;

node_id number(std::uint8_t i) {
  return node_id{{i}};
}

outlier_detector of(std::uint8_t instances) {
  outlier_detector d;
  for (std::uint8_t i = 0; i < instances; ++i) {
    d.add(number(i));
  }
  return d;
}

bool eject(outlier_detector& d, std::uint8_t i, time_point now = start) {
  bool out = false;
  for (int k = 0; k < 5; ++k) {
    out = d.on_failure(number(i), now) || out;
  }
  return out;
}

/// Whether the sweep at `now` lets it back in.
bool comes_back(outlier_detector& d, std::uint8_t i, time_point now) {
  const bool out = d.is_ejected(number(i));
  d.sweep(now);
  return out && !d.is_ejected(number(i));
}

TEST(OutlierDetector, ASuccessEndsTheRow) {
  auto d = of(1);
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(d.on_failure(number(0), start));
    if (i % 4 == 3) {
      d.on_success(number(0));
    }
  }
}

TEST(OutlierDetector, LeavesAtLeastNineOfTenInAndMayAlwaysEjectOne) {
  for (const auto& [instances, most] :
       {std::pair{1, 1}, {5, 1}, {9, 1}, {19, 1}, {20, 2}, {29, 2}, {30, 3}}) {
    auto d = of(static_cast<std::uint8_t>(instances));
    for (int i = 0; i < instances; ++i) {
      eject(d, static_cast<std::uint8_t>(i));
    }
    EXPECT_EQ(d.ejected(), static_cast<std::size_t>(most)) << instances;
  }
}

TEST(OutlierDetector, WhoCouldNotBeEjectedIsAtItsNextFailure) {
  auto d = of(5);
  ASSERT_TRUE(eject(d, 0));
  ASSERT_FALSE(eject(d, 1));
  d.remove(number(0));
  EXPECT_TRUE(d.on_failure(number(1), start));
}

TEST(OutlierDetector, WhatFailsWhileItIsOutDoesNotCount) {
  auto d = of(1);
  ASSERT_TRUE(eject(d, 0));
  EXPECT_FALSE(eject(d, 0, start + seconds{1}));
  EXPECT_TRUE(comes_back(d, 0, start + seconds{30}));
  EXPECT_FALSE(d.on_failure(number(0), start + seconds{30}));
}

TEST(OutlierDetector, GoodIntervalsTakeEjectionsOffAgain) {
  auto d = of(1);
  auto now = start;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(eject(d, 0, now));
    now += seconds{300};
    ASSERT_TRUE(comes_back(d, 0, now));
  }
  for (int i = 0; i < 20; ++i) {  // oftener than the interval: that does not count more
    now += seconds{1};
    d.sweep(now);
  }
  ASSERT_TRUE(eject(d, 0, now));  // 3 - 2 + 1
  EXPECT_FALSE(comes_back(d, 0, now + seconds{59}));
  EXPECT_TRUE(comes_back(d, 0, now + seconds{60}));
}

TEST(OutlierDetector, GoodIntervalsCountWhenNobodyLookedMeanwhile) {
  auto d = of(1);
  auto now = start;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(eject(d, 0, now));
    now += seconds{300};
    ASSERT_TRUE(comes_back(d, 0, now));
  }
  now += seconds{3600};
  d.sweep(now);
  ASSERT_TRUE(eject(d, 0, now));
  EXPECT_TRUE(comes_back(d, 0, now + seconds{30}));
}

TEST(OutlierDetector, AnUnknownInstanceIsNothing) {
  auto d = of(1);
  EXPECT_FALSE(eject(d, 7));
  d.on_success(number(7));
  d.remove(number(7));
  EXPECT_FALSE(d.is_ejected(number(7)));
}

std::vector<node_id> all_but(std::uint8_t instances, std::uint8_t gone) {
  std::vector<node_id> there;
  for (std::uint8_t i = 0; i < instances; ++i) {
    if (i != gone) {
      there.push_back(number(i));
    }
  }
  return there;
}

TEST(OutlierDetector, WhoIsAwayHasNoPlaceAmongTheEjected) {
  auto d = of(5);
  ASSERT_TRUE(eject(d, 0));
  ASSERT_FALSE(eject(d, 1)) << "one of five is out";
  d.see(all_but(5, 0));
  EXPECT_EQ(d.ejected(), 0U);
  EXPECT_TRUE(d.on_failure(number(1), start)) << "its place is free";
  EXPECT_FALSE(eject(d, 0)) << "of who is away nothing is counted";
  EXPECT_EQ(d.ejected(), 1U);
}

TEST(OutlierDetector, WhoComesBackIsOutAgainUnlessItsPlaceIsTaken) {
  auto d = of(5);
  ASSERT_TRUE(eject(d, 0));
  d.see(all_but(5, 0));
  d.see(all_but(5, 9));
  EXPECT_TRUE(d.is_ejected(number(0))) << "its time is not over";
  EXPECT_EQ(d.ejected(), 1U);
  d.see(all_but(5, 0));
  ASSERT_TRUE(eject(d, 1));
  d.see(all_but(5, 9));
  EXPECT_FALSE(d.is_ejected(number(0)));
  EXPECT_TRUE(d.is_ejected(number(1)));
  EXPECT_EQ(d.ejected(), 1U);
}

TEST(OutlierDetector, WhoLeavesMakesRoomForWhoComesBackAtTheSameTime) {
  auto d = of(5);
  ASSERT_TRUE(eject(d, 0));
  d.see(all_but(5, 0));
  ASSERT_TRUE(eject(d, 1));
  d.see(all_but(5, 1));
  EXPECT_TRUE(d.is_ejected(number(0)));
  EXPECT_EQ(d.ejected(), 1U);
}

TEST(OutlierDetector, TheTimeOfWhoIsAwayGoesOn) {
  auto d = of(5);
  ASSERT_TRUE(eject(d, 0));
  d.see(all_but(5, 0));
  EXPECT_TRUE(comes_back(d, 0, start + seconds{30}));
  EXPECT_EQ(d.ejected(), 0U);
  d.see(all_but(5, 9));
  EXPECT_FALSE(d.is_ejected(number(0)));
  d.see(all_but(5, 0));
  d.remove(number(0));
  ASSERT_TRUE(eject(d, 1));
  EXPECT_EQ(d.ejected(), 1U);
}

TEST(OutlierDetector, HowManyMayBeOutHangsOnHowManyAreThere) {
  auto d = of(20);
  std::vector<node_id> few;
  for (std::uint8_t i = 0; i < 10; ++i) {
    few.push_back(number(i));
  }
  d.see(few);
  EXPECT_TRUE(eject(d, 0));
  EXPECT_FALSE(eject(d, 1)) << "one of ten";
}

TEST(OutlierDetector, AddingOneAgainKeepsItsStanding) {
  auto d = of(1);
  ASSERT_TRUE(eject(d, 0));
  d.add(number(0));
  EXPECT_TRUE(d.is_ejected(number(0)));
}

}  // namespace
}  // namespace kith::resilience
