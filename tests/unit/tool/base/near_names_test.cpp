// SPDX-License-Identifier: MPL-2.0
#include "kith/base/near_names.hpp"

#include <gtest/gtest.h>

namespace kith::tool {
namespace {

using names = std::vector<std::string>;

const std::set<std::string> topics{"order.placed", "order.refunded", "order.settled",
                                   "payment.captured"};

TEST(NearNames, ForgiveSlips) {
  EXPECT_EQ(near_names("order.setled", topics), names{"order.settled"});
  EXPECT_EQ(near_names("order.plcaed", topics), names{"order.placed"});
  EXPECT_EQ(near_names("odrer.settled", topics), names{"order.settled"});
  EXPECT_EQ(near_names("paymnet.", topics), names{"payment.captured"});
}

TEST(NearNames, AreThoseThatHaveItWithinThem) {
  EXPECT_EQ(near_names("settled", topics), names{"order.settled"});
  EXPECT_EQ(near_names("ed", topics, 2), (names{"order.placed", "order.refunded"}));
}

TEST(NearNames, AreNoneWhereNothingIsLikeIt) {
  EXPECT_TRUE(near_names("stock.low", topics).empty());
  EXPECT_TRUE(near_names("", topics).empty());
  EXPECT_TRUE(near_names("order.settled", {}).empty());
}

}  // namespace
}  // namespace kith::tool
