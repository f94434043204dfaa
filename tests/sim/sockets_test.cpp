// SPDX-License-Identifier: MPL-2.0
// What a node says of its sockets: who is connected, what passed, and how connections went.

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kith/introspection.hpp>

#include "sim/audit.hpp"
#include "support/cluster.hpp"

namespace kith::test {
namespace {

using drops = std::map<std::string, std::uint64_t>;

class Sockets : public testing::Test {
 protected:
  void SetUp() override {
    all_.add("order-1", [this](node& n) {
      serve_echo(n);
      say_ = n.publishes(said);
    });
    all_.add("payment-1", [this](node& n) {
      line_ = n.subscribe(said, [](const word&, const event_info&) {},
                          {.on_gap = [](const event_gap&) {}});
    });
    ASSERT_TRUE(all_.settle()) << all_.log_tail();
  }
  /// Of a node, as the other one is told.
  std::vector<socket_info> of(const std::string& whom) {
    const std::string asker = whom == "order-1" ? "payment-1" : "order-1";
    auto got = all_.call(asker, whom.substr(0, whom.size() - 2), list_sockets, nothing{});
    EXPECT_TRUE(got.good());
    return got.good() ? got.value->value().sockets : std::vector<socket_info>{};
  }
  std::string id_of(const std::string& name) { return all_.at(name).description().id.to_string(); }

  cluster all_{7};
  std::optional<publisher<word>> say_;
  std::optional<subscription> line_;
};

const socket_info& find(const std::vector<socket_info>& all, const std::string& role) {
  static const socket_info none;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.role == role; });
  return found == all.end() ? none : *found;
}

TEST_F(Sockets, SayWhoIsConnectedAndWhatPassed) {
  ASSERT_TRUE(all_.call("payment-1", "order", echo, {std::string(1000, 'x'), 1}).good());
  const auto inbox = find(of("order-1"), "inbox");
  EXPECT_EQ(inbox.type, "ROUTER");
  EXPECT_EQ(inbox.state, "bound");
  ASSERT_EQ(inbox.peers.size(), 1U);
  EXPECT_EQ(inbox.peers[0].peer, id_of("payment-1"));
  EXPECT_GT(inbox.octets_in, 1000U);
  EXPECT_GT(inbox.octets_out, 1000U);
  EXPECT_EQ(inbox.octets_in, inbox.peers[0].octets_in);
  EXPECT_GT(inbox.most_unsent_octets, 0U);

  const auto link = find(of("payment-1"), "link");
  EXPECT_EQ(link.type, "DEALER");
  EXPECT_EQ(link.state, "connected");
  ASSERT_EQ(link.peers.size(), 1U);
  EXPECT_EQ(link.peers[0].peer, id_of("order-1"));
  EXPECT_GT(link.octets_out, 1000U);
  EXPECT_EQ(link.reconnects, 0U);
  EXPECT_EQ(link.last_error, "");
  expect_balance(all_);
}

TEST_F(Sockets, CountWhatIsPublishedAtBothEnds) {
  all_.world.run_for(1s);
  all_.on("order-1", [this](node&) {
    for (int i = 0; i < 10; ++i) {
      static_cast<void>(say_->publish({std::string(100, 'x'), i}));
    }
  });
  all_.world.run_for(100ms);
  const auto outlet = find(of("order-1"), "outlet");
  EXPECT_EQ(outlet.type, "XPUB");
  EXPECT_GT(outlet.octets_out, 1000U);
  EXPECT_EQ(outlet.topics, 1U);
  const auto follow = find(of("payment-1"), "follow");
  EXPECT_EQ(follow.type, "SUB");
  EXPECT_EQ(follow.state, "connected");
  EXPECT_GT(follow.octets_in, 1000U);
  ASSERT_EQ(follow.peers.size(), 1U);
  EXPECT_EQ(follow.peers[0].peer, id_of("order-1"));
  expect_balance(all_);
}

TEST_F(Sockets, CountWhatAFollowerMissed) {
  all_.world.run_for(1s);
  all_.world.net().event_drop = 1;
  all_.on("order-1", [this](node&) {
    for (int i = 0; i < 10; ++i) {
      static_cast<void>(say_->publish({"lost", i}));
    }
  });
  all_.world.run_for(1ms);
  all_.world.net().event_drop = 0;
  all_.world.run_for(2s);
  const drops gaps{{"gap", 10}};
  EXPECT_EQ(find(of("payment-1"), "follow").dropped, gaps);
  EXPECT_EQ(find(of("payment-1"), "link").dropped, drops{});
  expect_balance(all_);
}

TEST_F(Sockets, CountTheOctetsOfBeacons) {
  all_.world.run_for(5s);
  const auto beacon = find(of("order-1"), "beacon");
  EXPECT_GT(beacon.packets_out, 0U);
  EXPECT_GT(beacon.octets_out, 60 * beacon.packets_out);
  EXPECT_GT(beacon.octets_in, 60 * beacon.packets_in);
  expect_balance(all_);
}

TEST_F(Sockets, CountReconnectsToTheSameEndpoint) {
  all_.world.partition({"order-1"}, {"payment-1"});
  all_.world.run_for(3s);
  all_.world.heal();
  ASSERT_TRUE(all_.settle(20s)) << all_.log_tail();
  const auto link = find(of("payment-1"), "link");
  EXPECT_EQ(link.state, "connected");
  EXPECT_GE(link.reconnects, 1U);
  EXPECT_GT(link.dials, link.reconnects);
  EXPECT_NE(link.last_error, "");
  expect_balance(all_);
}

TEST(SocketsOfAStalledLink, CountWhatFoundItFull) {
  transport::socket_limits limits;
  limits.link_budget_bytes = 256 * 1024;
  cluster all{1, limits};
  all.world.net().stall_timeout = duration{};
  config small;
  small.message_bytes = 128 * 1024;
  small.link_budget_bytes = 256 * 1024;
  small.heartbeat = 60s;  // the stall shall not be noticed
  all.add("order-1", serve_echo, small);
  all.add("payment-1", {}, small);
  ASSERT_TRUE(all.settle());
  all.world.partition({"order-1"}, {"payment-1"});
  std::vector<std::shared_ptr<outcome_of<word>>> calls;
  for (int i = 0; i < 200; ++i) {  // 2 MB
    calls.push_back(all.begin("payment-1", "order", echo, {std::string(10'000, 'x'), i}));
  }
  all.world.run_for(3s);
  const auto refused = std::count_if(calls.begin(), calls.end(), [](const auto& one) {
    return one->why().what() == errc::queue_full;
  });
  EXPECT_GT(refused, 100);
  all.world.heal();
  all.world.run_for(1s);
  const auto got = all.call("order-1", "payment", list_sockets, nothing{});
  ASSERT_TRUE(got.good());
  const auto link = find(got.value->value().sockets, "link");
  EXPECT_EQ(link.dropped.at("queue_full"), static_cast<std::uint64_t>(refused));
  EXPECT_GT(link.full, 0U);
  expect_balance(all);
}

TEST_F(Sockets, OfToolsThatHaveEndedAreNotKept) {
  auto& host = all_.world.add_node("tool");
  auto& tool = host.make<node>(config{}, sim::make_environment(host, all_.log));
  tool.start();
  const auto sees_it = [&] {
    const auto there = of("payment-1");
    return std::any_of(there.begin(), there.end(), [&](const auto& one) {
      return !one.peers.empty() && one.role == "link" &&
             one.peers[0].peer == tool.description().id.to_string();
    });
  };
  ASSERT_TRUE(all_.world.run_until(sees_it, 5s)) << all_.log_tail();
  const auto before = of("payment-1").size();
  all_.world.crash(host);
  all_.world.run_for(5s);
  EXPECT_EQ(of("payment-1").size(), before - 1);
  all_.end_without_audit("what a crash costs is the matter of books_test.cpp");
}

/// Those to `instance` that are dialled.
std::vector<socket_info> dialled_to(const std::vector<socket_info>& all,
                                    const std::string& instance) {
  std::vector<socket_info> found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const auto& one) {
    return one.role != "inbox" && !one.peers.empty() && one.peers[0].instance == instance;
  });
  return found;
}

TEST_F(Sockets, OfAPeerThatIsGoneSayHowItEnded) {
  all_.add("stock-1", [](node& n) { serve_echo(n); });
  ASSERT_TRUE(all_.settle());
  all_.crash("stock-1");
  all_.world.run_for(30s);
  const auto gone = dialled_to(of("payment-1"), "stock-1");
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0].state, "dead");
  EXPECT_NE(gone[0].last_error, "");
  EXPECT_GT(gone[0].packets_in, 0U);
  EXPECT_GT(gone[0].down_us, 28'000'000);
  EXPECT_LT(gone[0].down_us, 31'000'000);
  all_.end_without_audit("what a crash costs is the matter of books_test.cpp");
}

TEST_F(Sockets, OfAPeerThatSaidGoodbyeSaySo) {
  all_.add("order-2", [](node& n) { n.publishes(said); });
  ASSERT_TRUE(all_.settle());
  all_.world.run_for(1s);
  EXPECT_EQ(dialled_to(of("payment-1"), "order-2").size(), 2U);
  all_.stop("order-2");
  all_.world.run_for(2min);  // and is forgotten
  const auto gone = dialled_to(of("payment-1"), "order-2");
  ASSERT_EQ(gone.size(), 2U);
  for (const auto& one : gone) {
    EXPECT_EQ(one.state, "left") << one.role;
    EXPECT_GT(one.down_us, 100'000'000) << one.role;
  }
  EXPECT_EQ(find(of("payment-1"), "link").down_us, 0);
  expect_balance(all_);
}

TEST_F(Sockets, OfAPeerOutOfReachAreNotThoseOfOneThatIsGone) {
  all_.world.partition({"order-1"}, {"payment-1"});
  all_.world.run_for(3s);
  all_.world.heal();
  ASSERT_TRUE(all_.settle(20s)) << all_.log_tail();
  EXPECT_EQ(find(of("payment-1"), "link").down_us, 0);
  EXPECT_EQ(find(of("payment-1"), "link").state, "connected");
  expect_balance(all_);
}

}  // namespace
}  // namespace kith::test
