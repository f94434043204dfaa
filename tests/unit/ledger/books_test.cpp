// SPDX-License-Identifier: MPL-2.0
#include "ledger/books.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kith::ledger {
namespace {

const account* line_of(const std::vector<account>& lines, scope s, direction d,
                       std::string_view key) {
  for (const auto& line : lines) {
    if (line.scope == s && line.direction == d && line.key == key) {
      return &line;
    }
  }
  return nullptr;
}

TEST(DropReason, EachHasItsOwnNameAndALine) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < drop_reasons; ++i) {
    const auto reason = static_cast<drop_reason>(i);
    EXPECT_TRUE(names.insert(name_of(reason)).second) << name_of(reason);
    EXPECT_GT(explain(reason).size(), name_of(reason).size()) << name_of(reason);
  }
  EXPECT_EQ(name_of(drop_reason::gap), "gap");
  EXPECT_EQ(name_of(static_cast<drop_reason>(200)), "unknown");
}

TEST(Flow, BalancesWhileNothingComesFromNowhere) {
  flow f;
  f.sent = 10;
  f.delivered = 6;
  f.drop(drop_reason::queue_full);
  f.drop(drop_reason::peer_lost, 2);
  EXPECT_EQ(f.all_drops(), 3U);
  EXPECT_EQ(f.drops(drop_reason::peer_lost), 2U);
  EXPECT_EQ(f.in_flight(), 1U);
  EXPECT_TRUE(f.balances());
  f.delivered = 8;
  EXPECT_FALSE(f.balances());
}

TEST(Books, GiveTheSameFlowForTheSameKey) {
  books b;
  auto& first = b.open(scope::method, direction::outbound, "order.get");
  ++first.sent;
  for (int i = 0; i < 1000; ++i) {
    b.open(scope::method, direction::outbound, "m" + std::to_string(i));
  }
  EXPECT_EQ(&first, &b.open(scope::method, direction::outbound, "order.get"));
  EXPECT_NE(&first, &b.open(scope::method, direction::inbound, "order.get"));
  EXPECT_NE(&first, &b.open(scope::topic, direction::outbound, "order.get"));
}

TEST(Books, SnapshotIsACopyInOrder) {
  books b;
  b.open(scope::topic, direction::outbound, "b").sent = 2;
  b.open(scope::topic, direction::outbound, "a").sent = 1;
  b.open(scope::peer, direction::inbound, "x");
  const auto lines = b.snapshot();
  b.open(scope::topic, direction::outbound, "a").sent = 9;
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].scope, scope::peer);
  EXPECT_EQ(lines[1].key, "a");
  EXPECT_EQ(lines[1].counters.sent, 1U);
  EXPECT_EQ(lines[2].key, "b");
}

TEST(Books, BeyondTheCapKeysShareOneFlow) {
  books b{2};
  b.open(scope::topic, direction::outbound, "a");
  b.open(scope::topic, direction::outbound, "b");
  ++b.open(scope::topic, direction::outbound, "c").sent;
  ++b.open(scope::topic, direction::outbound, "d").sent;
  ++b.open(scope::method, direction::outbound, "m").sent;  // another scope has its own cap
  const auto lines = b.snapshot();
  EXPECT_EQ(lines.size(), 4U);
  const auto* others = line_of(lines, scope::topic, direction::outbound, books::others);
  ASSERT_NE(others, nullptr);
  EXPECT_EQ(others->counters.sent, 2U);
}

TEST(Books, AClosedPeersCountsAreKeptUnderGone) {
  books b{2};
  for (int i = 0; i < 10; ++i) {
    const auto key = "peer" + std::to_string(i);
    auto& out = b.open(scope::peer, direction::outbound, key);
    out.sent = 5;
    out.sent_bytes = 50;
    out.delivered = 4;
    out.delivered_bytes = 40;
    out.drop(drop_reason::peer_lost);
    b.close_peer(key);
  }
  const auto lines = b.snapshot();
  ASSERT_EQ(lines.size(), 1U) << "closing made room each time";
  EXPECT_EQ(lines[0].key, books::gone);
  EXPECT_EQ(lines[0].counters.sent, 50U);
  EXPECT_EQ(lines[0].counters.sent_bytes, 500U);
  EXPECT_EQ(lines[0].counters.delivered_bytes, 400U);
  EXPECT_EQ(lines[0].counters.drops(drop_reason::peer_lost), 10U);
  EXPECT_TRUE(lines[0].counters.balances());
  b.close_peer("nobody");
  b.close_peer(books::gone);
  EXPECT_EQ(b.snapshot().size(), 1U);
}

TEST(Books, NameTheirScopesAndDirections) {
  EXPECT_EQ(name_of(scope::peer), "peer");
  EXPECT_EQ(name_of(scope::beacon), "beacon");
  EXPECT_EQ(name_of(direction::outbound), "outbound");
  EXPECT_EQ(name_of(direction::inbound), "inbound");
}

}  // namespace
}  // namespace kith::ledger
