// SPDX-License-Identifier: MPL-2.0
// Nodes of one machine reach each other over ipc, and over tcp within 200 ms when that fails.

#include <gtest/gtest.h>

#include <algorithm>

#include "peers/link_route.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"

namespace kith::test {
namespace {

constexpr auto directory = "/machine";

config on_the_machine() {
  config settings;
  settings.ipc_dir = directory;
  return settings;
}

class SameHost : public testing::Test {
 protected:
  cluster all{3};

  void TearDown() override { expect_balance(all); }
  std::string via(std::string_view viewer, std::string_view whom) {
    const auto row = all.sees(viewer, whom);
    return row ? row->via : "nobody";
  }
  std::string socket_of(std::string_view name) {
    return peers::local_inbox(directory, all.at(name).description().id);
  }
  bool answers() { return all.call("payment-1", "order", echo, {"hello", 1}).good(); }
  std::size_t lines_with(std::string_view text) const {
    const auto& lines = all.log.lines();
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [&](const auto& l) { return l.find(text) != l.npos; }));
  }
  /// From the moment that payment-1 knows of order-1, and so dials, to the open link.
  duration time_to_open() {
    EXPECT_TRUE(
        all.world.run_until([&] { return all.sees("payment-1", "order-1").has_value(); }, 1s));
    const auto dialled = all.world.now();
    EXPECT_TRUE(all.world.run_until([&] { return all.in_rotation("payment-1", "order-1"); }, 5s))
        << all.log_tail();
    return all.world.now() - dialled;
  }
};

TEST_F(SameHost, NodesTalkOverIpcAndToOthersOverTcp) {
  all.add("order-1", serve_echo, on_the_machine());
  all.add("payment-1", serve_echo, on_the_machine());
  all.add("stock-1");
  ASSERT_TRUE(all.settle());
  EXPECT_EQ(via("order-1", "payment-1"), "ipc");
  EXPECT_EQ(via("payment-1", "order-1"), "ipc");
  EXPECT_EQ(via("order-1", "stock-1"), "tcp");
  EXPECT_EQ(via("stock-1", "order-1"), "tcp");
  EXPECT_TRUE(answers());
  std::size_t rows = 0;
  for (const auto& account : all.at("payment-1").books()) {
    const bool to_order = account.key == all.at("order-1").description().id.to_string();
    rows += to_order && account.direction == "outbound" && account.via == "ipc" ? 1 : 0;
  }
  EXPECT_EQ(rows, 1U) << "the books say it too";
}

TEST_F(SameHost, NobodyUsesIpcWhoDoesWithoutIt) {
  auto without = on_the_machine();
  without.ipc = false;
  all.add("order-1", serve_echo, without);
  all.add("payment-1", {}, on_the_machine());
  ASSERT_TRUE(all.settle());
  EXPECT_EQ(via("order-1", "payment-1"), "tcp");
  EXPECT_EQ(via("payment-1", "order-1"), "tcp");
}

TEST_F(SameHost, ANodeThatListensOnIpcStaysAsItIs) {
  auto settings = on_the_machine();
  settings.listen = "ipc:///run/order";
  all.add("order-1", serve_echo, settings);
  all.add("payment-1", {}, on_the_machine());
  ASSERT_TRUE(all.settle());
  EXPECT_EQ(all.sees("payment-1", "order-1")->inbox, "ipc:///run/order");
  EXPECT_EQ(via("payment-1", "order-1"), "ipc");
  EXPECT_EQ(via("order-1", "payment-1"), "ipc");
}

TEST_F(SameHost, ASocketThatNobodyListensAtCostsNothing) {
  all.add("order-1", serve_echo, on_the_machine());
  all.world.unplug(socket_of("order-1"));
  all.add("payment-1", {}, on_the_machine());
  EXPECT_LT(time_to_open(), 10ms);
  EXPECT_EQ(via("payment-1", "order-1"), "tcp");
  EXPECT_TRUE(answers());
}

/// Takes every connection and says nothing.
class mute final : public transport::receiver {
 public:
  std::size_t packets = 0;
  void on_packet(transport::link_id, byte_view) override { ++packets; }
  void on_link(transport::link_id, transport::link_event, std::string_view) override {}
  void on_writable(transport::link_id) override {}
  void on_event(transport::link_id, byte_view) override {}
  void on_subscription(std::string_view, bool) override {}
  void on_bad_packet(transport::link_id, std::string_view) override {}
};

TEST_F(SameHost, OneThatNeverAnswersCostsLessThan200Milliseconds) {
  all.add("order-1", serve_echo, on_the_machine());
  all.world.unplug(socket_of("order-1"));
  mute silent;
  auto& stranger = all.world.add_node("stranger");
  stranger.transport().set_receiver(&silent);
  ASSERT_TRUE(stranger.transport().bind_inbox(socket_of("order-1"), {}));
  all.add("payment-1", {}, on_the_machine());
  const auto took = time_to_open();
  EXPECT_GE(took, 150ms);
  EXPECT_LT(took, 200ms);
  EXPECT_EQ(via("payment-1", "order-1"), "tcp");
  EXPECT_TRUE(answers());
  EXPECT_EQ(silent.packets, 1U) << "it was told hello, and nothing else";
  all.world.crash(stranger);
}

TEST_F(SameHost, AnotherNodeThereIsNotTakenForTheOneThatIsMeant) {
  all.add("order-1", serve_echo, on_the_machine());
  all.world.unplug(socket_of("order-1"));
  config impostor;
  impostor.listen = socket_of("order-1");
  impostor.service = "order";
  all.add("impostor-1", {}, impostor);
  all.add("payment-1", {}, on_the_machine());
  EXPECT_LT(time_to_open(), 10ms);
  EXPECT_EQ(via("payment-1", "order-1"), "tcp");
  EXPECT_EQ(lines_with("refused a stranger: stale_incarnation"), 1U) << all.log_tail();
}

TEST_F(SameHost, WhatBreaksLaterIsDialledOverTcpAtOnce) {
  all.add("order-1", serve_echo, on_the_machine());
  all.add("payment-1", {}, on_the_machine());
  ASSERT_TRUE(all.settle());
  all.world.run_for(10s);
  ASSERT_EQ(via("payment-1", "order-1"), "ipc");
  all.world.unplug(socket_of("order-1"));
  all.world.partition({"order-1"}, {"payment-1"});
  all.world.run_for(100ms);
  all.world.heal(true);
  ASSERT_TRUE(all.world.run_until([&] { return via("payment-1", "order-1") == "tcp"; }, 1s))
      << all.log_tail();
  EXPECT_TRUE(answers());
}

TEST_F(SameHost, ABrokenSocketIsNotTriedAtEachReconnect) {
  all.add("order-1", serve_echo, on_the_machine());
  all.world.unplug(socket_of("order-1"));
  all.add("payment-1", {}, on_the_machine());
  ASSERT_TRUE(all.settle());
  all.world.run_for(6s);
  for (int i = 0; i < 5; ++i) {
    all.world.partition({"order-1"}, {"payment-1"});
    all.world.run_for(100ms);
    all.world.heal(true);
    all.world.run_for(10s);
    ASSERT_EQ(via("payment-1", "order-1"), "tcp");
  }
  EXPECT_EQ(lines_with("does not lead to"), 1U) << all.log_tail();
  EXPECT_EQ(via("order-1", "payment-1"), "ipc") << "the other one's is whole";
}

TEST_F(SameHost, ARestartedNodeIsReachedOverIpcAgain) {
  all.add("order-1", serve_echo, on_the_machine());
  all.add("payment-1", {}, on_the_machine());
  ASSERT_TRUE(all.settle());
  all.crash("order-1");
  all.world.run_for(3s);
  all.restart("order-1");
  ASSERT_TRUE(all.settle());
  EXPECT_EQ(via("payment-1", "order-1"), "ipc");
  EXPECT_TRUE(answers());
}

}  // namespace
}  // namespace kith::test
