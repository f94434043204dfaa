// SPDX-License-Identifier: MPL-2.0
#include "events/denied_filters.hpp"

#include <gtest/gtest.h>

namespace kith::events {
namespace {

const filter placed{"order.placed"};
const filter all_of_order{"order.", true};

TEST(DeniedFilters, AreThoseThatWereSaidLast) {
  denied_filters denied;
  EXPECT_TRUE(denied.empty());
  denied.take({placed, all_of_order});
  EXPECT_TRUE(denied.contains(placed));
  EXPECT_TRUE(denied.contains(all_of_order));
  EXPECT_FALSE(denied.contains({"order.placed", true})) << "a prefix is another filter";
  denied.take({all_of_order});
  EXPECT_FALSE(denied.contains(placed));
  EXPECT_EQ(denied.wire_forms().size(), 1U);
}

TEST(DeniedFilters, AreToldOnceUntilNothingIsDenied) {
  denied_filters denied;
  EXPECT_EQ(denied.take({}), "");
  EXPECT_EQ(denied.take({placed, all_of_order}), "order.placed, order.*");
  EXPECT_EQ(denied.take({placed}), "");
  EXPECT_EQ(denied.take({}), "");
  EXPECT_EQ(denied.take({placed}), "order.placed");
}

}  // namespace
}  // namespace kith::events
