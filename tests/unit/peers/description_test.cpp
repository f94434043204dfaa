// SPDX-License-Identifier: MPL-2.0
#include "peers/description.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kith::peers {
namespace {

node_description order_node() {
  node_description peer;
  peer.domain = "kith";
  peer.service = "order";
  peer.instance = "order-1";
  peer.zone = "rack-7";
  peer.inbox = "tcp://127.0.0.1:40001";
  peer.outlet = "tcp://127.0.0.1:40002";
  return peer;
}

TEST(Description, OfANodeIsGood) {
  EXPECT_EQ(flaw_in(order_node()), "");
}

TEST(Description, OfACallerMayBeEmptyButForItsDomain) {
  node_description caller;
  EXPECT_EQ(flaw_in(caller), "self.domain");
  caller.domain = "kith";
  EXPECT_EQ(flaw_in(caller), "");
}

TEST(Description, RefusesWhatWouldForgeALogLine) {
  auto peer = order_node();
  peer.instance = "order-1\nall is well";
  EXPECT_EQ(flaw_in(peer), "self.instance");
}

TEST(Description, RefusesEachFieldThatIsNoNameOrNoAddress) {
  const auto flaw_with = [](std::string node_description::*field, std::string value) {
    auto peer = order_node();
    peer.*field = std::move(value);
    return flaw_in(peer);
  };
  EXPECT_EQ(flaw_with(&node_description::domain, ""), "self.domain");
  EXPECT_EQ(flaw_with(&node_description::service, "order service"), "self.service");
  EXPECT_EQ(flaw_with(&node_description::zone, std::string(65, 'z')), "self.zone");
  EXPECT_EQ(flaw_with(&node_description::inbox, "127.0.0.1:40001"), "self.inbox");
  EXPECT_EQ(flaw_with(&node_description::inbox, "tcp://127.0.0.1:*"), "self.inbox");
  EXPECT_EQ(flaw_with(&node_description::outlet, "udp://127.0.0.1:1"), "self.outlet");
}

TEST(Description, OfANodeOnEveryAddressIsReachedWhereItWasDialled) {
  auto peer = order_node();
  peer.inbox = "tcp://0.0.0.0:40001";
  peer.outlet = "tcp://[::]:40002";
  resolve_wildcards(peer, "tcp://192.0.2.7:40001");
  EXPECT_EQ(peer.inbox, "tcp://192.0.2.7:40001");
  EXPECT_EQ(peer.outlet, "tcp://192.0.2.7:40002");
}

TEST(Description, ThatNamesAHostIsLeftAlone) {
  auto peer = order_node();
  resolve_wildcards(peer, "tcp://192.0.2.7:40001");
  EXPECT_EQ(peer, order_node());
}

TEST(Description, OfACallerOrOfAWildcardLeadsNowhere) {
  const std::string here = "tcp://127.0.0.1:40001";
  EXPECT_TRUE(leads_somewhere("tcp://127.0.0.1:5555", here, true));
  EXPECT_FALSE(leads_somewhere("", here, true));
  EXPECT_FALSE(leads_somewhere("tcp://0.0.0.0:5555", here, true));
  EXPECT_FALSE(leads_somewhere("tcp://127.0.0.1:*", here, true));
}

TEST(Description, LeadsANodeOnLoopbackToNoOtherMachine) {
  for (const auto* const own : {"tcp://127.0.0.1:40001", "tcp://[::1]:1", "ipc:///run/kith/a"}) {
    EXPECT_TRUE(leads_somewhere("tcp://127.0.0.1:5555", own, false)) << own;
    EXPECT_TRUE(leads_somewhere("ipc:///run/kith/b", own, false)) << own;
    EXPECT_FALSE(leads_somewhere("tcp://10.0.0.7:5555", own, true)) << own;
    EXPECT_FALSE(leads_somewhere("tcp://plant.example:5555", own, true)) << own;
    EXPECT_TRUE(beyond_loopback("tcp://10.0.0.7:5555", own)) << own;
  }
}

TEST(Description, OnALoopbackToldByAnotherMachineLeadsToOurselves) {
  for (const auto* const own : {"tcp://0.0.0.0:40001", "tcp://10.0.0.1:40001"}) {
    EXPECT_TRUE(leads_somewhere("tcp://10.0.0.7:5555", own, false)) << own;
    EXPECT_FALSE(leads_somewhere("tcp://127.0.0.1:5555", own, false)) << own;
    EXPECT_FALSE(leads_somewhere("ipc:///run/kith/b", own, false)) << own;
    EXPECT_TRUE(leads_somewhere("tcp://127.0.0.1:5555", own, true)) << own;
    EXPECT_FALSE(beyond_loopback("tcp://10.0.0.7:5555", own)) << own;
  }
}

}  // namespace
}  // namespace kith::peers
