// SPDX-License-Identifier: MPL-2.0
#include "security/node_mark.hpp"

#include <gtest/gtest.h>

namespace kith::security {
namespace {

TEST(NodeMark, IsOfOneServiceAndLeavesTheRest) {
  const auto before = *node_id::from_string("000102030405060708090a0b0c0d0e0f");
  node_id id = before;
  EXPECT_FALSE(is_marked(id, "payment"));
  mark(id, "payment");
  // As docs/protocol.md says it: SHA-256 of "kith node id", a zero, and the name.
  EXPECT_EQ(id.to_string(), "0001020304050607080924ef7c3c4834");
  EXPECT_TRUE(is_marked(id, "payment"));
  for (const auto* const other : {"", "paymen", "payment2", "order"}) {
    EXPECT_FALSE(is_marked(id, other)) << other;
  }
  mark(id, "");
  EXPECT_EQ(id.to_string(), "00010203040506070809877d4f37a76a");
  EXPECT_TRUE(is_marked(id, ""));
}

}  // namespace
}  // namespace kith::security
