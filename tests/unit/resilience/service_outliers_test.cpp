// SPDX-License-Identifier: MPL-2.0
#include "resilience/service_outliers.hpp"

#include <gtest/gtest.h>

#include "unit/resilience/start.hpp"

namespace kith::resilience {
namespace {

using std::chrono::seconds;

node_id instance(std::uint8_t i) {
  return node_id{{i}};
}

void add(service_outliers& all, std::string_view service, std::uint8_t from, std::uint8_t to) {
  for (auto i = from; i <= to; ++i) {
    all.add(service, instance(i));
  }
}

bool eject(service_outliers& all, std::uint8_t i, time_point now = start) {
  bool out = false;
  for (int k = 0; k < 5; ++k) {
    out = all.on_failure(instance(i), now) || out;
  }
  return out;
}

TEST(ServiceOutliers, WhatOneServiceMayLoseDoesNotDependOnOthers) {
  service_outliers all;
  add(all, "order", 1, 3);
  add(all, "stock", 4, 6);
  add(all, "payment", 100, 119);
  EXPECT_TRUE(eject(all, 1));
  EXPECT_FALSE(eject(all, 2)) << "one of three";
  EXPECT_TRUE(eject(all, 4));
  EXPECT_FALSE(eject(all, 5));
  EXPECT_TRUE(eject(all, 100));
  EXPECT_TRUE(eject(all, 101));
  EXPECT_FALSE(eject(all, 102)) << "two of twenty";
  EXPECT_EQ(all.ejected(), 4U);
  EXPECT_TRUE(all.is_ejected(instance(4)));
  EXPECT_FALSE(all.is_ejected(instance(5)));
}

TEST(ServiceOutliers, AreAllLetBackIn) {
  service_outliers all;
  add(all, "order", 1, 3);
  add(all, "stock", 4, 6);
  ASSERT_TRUE(eject(all, 1));
  ASSERT_TRUE(eject(all, 4, start + seconds{10}));
  all.sweep(start + seconds{30});
  EXPECT_EQ(all.ejected(), 1U);
  EXPECT_TRUE(all.is_ejected(instance(4)));
  all.sweep(start + seconds{40});
  EXPECT_EQ(all.ejected(), 0U);
  EXPECT_FALSE(all.is_ejected(instance(4)));
}

TEST(ServiceOutliers, WhoIsAwayHasNoPlaceInItsService) {
  service_outliers all;
  add(all, "order", 1, 3);
  add(all, "stock", 4, 6);
  ASSERT_TRUE(eject(all, 1));
  ASSERT_TRUE(eject(all, 4));
  ASSERT_FALSE(eject(all, 2));
  all.see("order", {instance(2), instance(3)});
  EXPECT_EQ(all.ejected(), 1U) << "that of stock";
  EXPECT_TRUE(all.on_failure(instance(2), start));
  EXPECT_FALSE(eject(all, 5));
  EXPECT_EQ(all.ejected(), 2U);
  all.see("order", {instance(1), instance(2), instance(3)});
  EXPECT_EQ(all.ejected(), 2U);
  EXPECT_FALSE(all.is_ejected(instance(1)));
  all.see("nobody", {});
  all.see("order", {instance(3)});
  all.sweep(start + seconds{30});
  EXPECT_EQ(all.ejected(), 0U);
  all.remove(instance(1));
  all.remove(instance(2));
  EXPECT_EQ(all.ejected(), 0U);
}

TEST(ServiceOutliers, ASuccessEndsTheRow) {
  service_outliers all;
  add(all, "order", 1, 1);
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(all.on_failure(instance(1), start));
    if (i % 4 == 3) {
      all.on_success(instance(1));
    }
  }
}

TEST(ServiceOutliers, AServiceWithoutInstancesIsForgotten) {
  service_outliers all;
  add(all, "order", 1, 2);
  add(all, "stock", 3, 3);
  ASSERT_TRUE(eject(all, 1));
  all.remove(instance(3));
  EXPECT_EQ(all.services(), 1U);
  all.remove(instance(1));
  EXPECT_EQ(all.services(), 1U);
  EXPECT_EQ(all.ejected(), 0U);
  all.remove(instance(2));
  EXPECT_EQ(all.services(), 0U);
  EXPECT_FALSE(eject(all, 1)) << "nobody's";
}

TEST(ServiceOutliers, AnInstanceBelongsToOneService) {
  service_outliers all;
  add(all, "order", 1, 1);
  ASSERT_TRUE(eject(all, 1));
  add(all, "order", 1, 1);
  EXPECT_TRUE(all.is_ejected(instance(1))) << "nothing new";
  add(all, "stock", 1, 1);
  EXPECT_FALSE(all.is_ejected(instance(1)));
  EXPECT_EQ(all.ejected(), 0U);
  EXPECT_EQ(all.services(), 1U);
}

}  // namespace
}  // namespace kith::resilience
