// SPDX-License-Identifier: MPL-2.0
#include "harness/payloads.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

std::string by_hand(const auto& value) {
  msgpack::sbuffer octets;
  msgpack::pack(octets, value);
  return {octets.data(), octets.size()};
}

TEST(BenchPayloads, ATickHasTheSizeThatItIsNamedAfter) {
  for (const std::size_t octets : {26U, 64U, 256U, 281U, 283U, 1024U, 65536U, 100'000U}) {
    EXPECT_EQ(kith::encode(bench::tick_of(octets)).size(), octets);
  }
}

TEST(BenchPayloads, ItsSizeStaysWhileItsNumberGrows) {
  auto tick = bench::tick_of(64);
  tick.sequence += 1'000'000'000;
  EXPECT_EQ(kith::encode(tick).size(), 64U);
}

TEST(BenchPayloads, AnOrderHas89Octets) {
  EXPECT_EQ(kith::encode(bench::sample_order()).size(), 89U);
}

TEST(BenchPayloads, KithAndMsgpackCxxWriteTheSameOctets) {
  for (const std::size_t octets : {64U, 256U, 1024U, 65536U}) {
    EXPECT_EQ(kith::encode(bench::tick_of(octets)), by_hand(bench::tick_of(octets)));
  }
  EXPECT_EQ(kith::encode(bench::sample_order()), by_hand(bench::sample_order()));
}

TEST(BenchPayloads, ANameThatIsNoneIsRefused) {
  EXPECT_TRUE(bench::payload_named("order").is_order);
  EXPECT_EQ(bench::payload_named("256").octets, 256U);
  for (const auto* wrong : {"", "orders", "64b", "25"}) {
    EXPECT_ANY_THROW(bench::payload_named(wrong)) << wrong;
  }
}

}  // namespace
