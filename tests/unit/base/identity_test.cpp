// SPDX-License-Identifier: MPL-2.0
#include <kith/identity.hpp>

#include <gtest/gtest.h>

#include <unordered_set>

namespace kith {
namespace {

constexpr std::string_view written = "000102030405060708090a0b0c0d0eff";

TEST(NodeId, ComesBackFromItsDigitsAndItsOctets) {
  const auto id = node_id::from_string(written).value();
  EXPECT_EQ(id.octets[15], 0xff);
  EXPECT_EQ(id.to_string(), written);
  EXPECT_EQ(id.to_short_string(), "00010203");
  EXPECT_EQ(node_id::from_bytes(id.bytes()), id);
}

TEST(NodeId, RefusesWhatIsNoId) {
  EXPECT_EQ(node_id::from_string(""), std::nullopt);
  EXPECT_EQ(node_id::from_string(written.substr(1)), std::nullopt);
  EXPECT_EQ(node_id::from_string("000102030405060708090a0b0c0d0eff0"), std::nullopt);
  EXPECT_EQ(node_id::from_string("000102030405060708090a0b0c0d0efg"), std::nullopt);
  EXPECT_EQ(node_id::from_string("000102030405060708090A0B0C0D0EFF"), std::nullopt)
      << "one spelling for each id";
  EXPECT_EQ(node_id::from_bytes(std::string(15, 'x')), std::nullopt);
  EXPECT_EQ(node_id::from_bytes(std::string(17, 'x')), std::nullopt);
}

TEST(NodeId, IsOrderedByItsOctetsAndHashes) {
  node_id low;
  node_id high;
  high.octets[0] = 1;
  low.octets[15] = 0xff;
  EXPECT_LT(low, high);
  EXPECT_TRUE(node_id{}.is_nil());
  EXPECT_FALSE(high.is_nil());
  const std::unordered_set<node_id> set{low, high, low};
  EXPECT_EQ(set.size(), 2U);
}

}  // namespace
}  // namespace kith
