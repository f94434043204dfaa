// SPDX-License-Identifier: MPL-2.0
// The books balance to the message, whatever happens: loss, broken links, partitions, crashes, full
// queues, slow subscribers. Without a crash nothing is unknown; with one, at most what was on its
// way. A message that vanishes is found.

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

constexpr const char* three[] = {"order-1", "order-2", "payment-1"};

/// Three nodes that all serve, call, publish and listen.
class Books : public testing::Test {
 protected:
  struct part {
    std::optional<publisher<word>> say;
    std::optional<subscription> line;
  };

  void begin(std::uint64_t seed, const transport::socket_limits& limits = {}) {
    all_.reset();
    parts_.clear();
    stopped_ = false;
    all_ = std::make_unique<cluster>(seed, limits);
    all_->world.keep_trace(false);
    config settings;
    settings.message_bytes = settings.link_budget_bytes = 262'144;
    for (const auto* const name : three) {
      all_->add(
          name, [this, name](node& n) { prepare(name, n); }, settings);
    }
    ASSERT_TRUE(all_->settle()) << all_->log_tail();
  }
  void prepare(const char* name, node& n) {
    auto& of = parts_[name] = {};
    serve_echo(n);
    of.say = n.publishes(said);
    of.line = n.subscribe(said, [](const word&, const event_info&) {},
                          {.on_gap = [](const event_gap&) {}});
  }
  [[nodiscard]] std::uint64_t chance(std::uint64_t bound) {
    return all_->world.random().below(bound);
  }
  /// Everybody calls and tells, every few milliseconds.
  void work(std::size_t bytes = 10) {
    if (stopped_) {
      return;
    }
    for (const auto& name : all_->names_up()) {
      all_->on(name, [this, name, bytes](node& n) {  // later, when it is paused
        for (auto count = chance(4); count > 0; --count) {
          n.service(chance(2) == 0 ? "order" : "payment")
              .call(echo, word{std::string(bytes, 'x'), 1}, {.deadline = 500ms},
                    [](const result<word>&) {});
        }
        static_cast<void>(parts_[name].say->publish({"event", 1}));
      });
    }
    all_->world.after(1ms + std::chrono::milliseconds{chance(10)}, [this, bytes] { work(bytes); });
  }
  void rest(duration time = 2s) {
    stopped_ = true;
    all_->world.net() = {};
    all_->world.heal(false);
    all_->world.run_for(time);
  }
  [[nodiscard]] std::uint64_t dropped(std::string_view scope, const std::string& reason) {
    std::uint64_t sum = 0;
    for (const auto& name : all_->names_up()) {
      for (const auto& row : all_->at(name).books()) {
        const auto found = row.dropped.find(reason);
        sum += row.scope == scope && found != row.dropped.end() ? found->second : 0;
      }
    }
    return sum;
  }
  [[nodiscard]] std::uint64_t in_flight(std::string_view name, const std::string& peer = {}) {
    std::uint64_t sum = 0;
    for (const auto& row : all_->at(name).books()) {
      const bool meant = peer.empty() || row.key == peer;
      sum += row.scope == "peer" && row.direction == "outbound" && meant ? row.in_flight : 0;
    }
    return sum;
  }
  [[nodiscard]] bool is_at_rest() {
    const auto names = all_->names_up();
    return std::all_of(names.begin(), names.end(),
                       [this](const std::string& name) { return in_flight(name) == 0; });
  }
  /// Both ends of every link have the same counts, and nothing is left on the way.
  void expect_rest() {
    expect_balance(*all_);
    // Gossip goes on.
    all_->world.run_until([this] { return is_at_rest(); }, 3s);
    for (const auto& name : all_->names_up()) {
      EXPECT_EQ(in_flight(name), 0U) << name;
      for (const auto& link : all_->at(name).all_books().links) {
        EXPECT_TRUE(link.number == 0 || link.sent == link.confirmed) << name;
      }
    }
    const auto& lines = all_->log.lines();
    EXPECT_TRUE(std::none_of(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find("disagree") != std::string::npos;
    })) << all_->log_tail();
  }
  void expect_nothing_unknown() {
    expect_rest();
    EXPECT_EQ(dropped("peer", "peer_crashed"), 0U) << all_->log_tail();
    EXPECT_EQ(dropped("peer", "lost_on_link"), 0U);
  }

  std::map<std::string, part, std::less<>> parts_;
  bool stopped_ = false;
  std::unique_ptr<cluster> all_;
};

TEST_F(Books, BalanceWhenAllIsWell) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    begin(seed);
    work();
    all_->world.run_for(1s);
    rest();
    expect_nothing_unknown();
    EXPECT_EQ(dropped("peer", "peer_lost"), 0U);
    EXPECT_EQ(dropped("topic", "gap"), 0U);
  }
}

TEST_F(Books, BalanceWhileWorkGoesOn) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    begin(seed);
    all_->world.net().packet_loss = 0.05;
    all_->world.net().event_drop = 0.1;
    work();
    all_->world.run_for(500ms);
    for (const auto& one : tool::reckon(ask_twice(*all_), true)) {
      ADD_FAILURE() << one.node << " " << one.with << ": " << one.what;
    }
  }
}

TEST_F(Books, BalanceThroughLossAndBrokenLinks) {
  std::uint64_t lost = 0;
  for (const auto seed : seeds(100)) {
    const replay how{seed};
    begin(seed);
    all_->world.net().packet_loss = 0.02;
    all_->world.net().link_break = 0.003;
    all_->world.net().event_drop = 0.1;
    work();
    all_->world.run_for(4s);
    rest(5s);
    expect_nothing_unknown();
    lost += dropped("peer", "peer_lost");
  }
  EXPECT_GT(lost, 0U) << "links broke with something on them";
}

TEST_F(Books, BalanceThroughPartitions) {
  std::uint64_t lost = 0;
  for (const auto seed : seeds(50)) {
    const replay how{seed};
    begin(seed);
    work();
    for (int i = 0; i < 4; ++i) {
      all_->world.run_for(std::chrono::milliseconds{chance(2000)});
      if (chance(2) == 0) {
        all_->world.partition({three[chance(2)]}, {"payment-1"});
      } else {
        all_->world.black_hole({three[chance(2)]}, {"payment-1"});
      }
      all_->world.run_for(std::chrono::milliseconds{chance(8000)});
      all_->world.heal(chance(2) == 0);
    }
    rest(12s);
    expect_nothing_unknown();
    lost += dropped("peer", "peer_lost");
  }
  EXPECT_GT(lost, 0U);
}

TEST_F(Books, AreSettledWithAPeerThatWasForgottenAndComesBack) {
  for (const auto seed : seeds(10)) {
    const replay how{seed};
    begin(seed);
    work();
    all_->world.run_for(1s);
    all_->world.partition({"order-1", "order-2"}, {"payment-1"});
    all_->world.run_for(3s);
    stopped_ = true;
    all_->world.run_for(3min);
    EXPECT_GT(dropped("peer", "peer_crashed"), 0U) << "for all that is known";
    rest(60s);
    ASSERT_TRUE(all_->complete());
    expect_nothing_unknown();
  }
}

TEST_F(Books, LeaveAtMostTheWindowOfACrashedPeerUnknown) {
  std::uint64_t all_unknown = 0;
  for (const auto seed : seeds(30)) {
    const replay how{seed};
    begin(seed);
    work();
    all_->world.run_for(1s + std::chrono::milliseconds{chance(1000)});
    const auto victim = all_->at("payment-1").description().id.to_string();
    all_->crash("payment-1", chance(2) == 0);
    std::uint64_t window = 0;
    for (int i = 0; i < 5000; ++i) {
      window = std::max(window, in_flight("order-1", victim) + in_flight("order-2", victim));
      all_->world.run_for(1ms);
    }
    rest(90s);  // it is forgotten
    expect_rest();
    const auto unknown = dropped("peer", "peer_crashed");
    EXPECT_LE(unknown, window);
    all_unknown += unknown;
  }
  EXPECT_GT(all_unknown, 0U);
}

TEST_F(Books, KnowEverythingOfAPeerThatStops) {
  for (const auto seed : seeds(50)) {
    const replay how{seed};
    begin(seed);
    work();
    all_->world.run_for(500ms + std::chrono::milliseconds{chance(500)});
    all_->stop("payment-1");
    all_->world.run_for(500ms);
    if (chance(2) == 0) {
      all_->restart("payment-1");
    }
    all_->world.run_for(1s);
    rest(90s);
    expect_nothing_unknown();
  }
}

TEST_F(Books, BalanceWithFullQueues) {
  std::uint64_t refused = 0;
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    transport::socket_limits small;
    small.link_budget_bytes = 65'536;
    begin(seed, small);
    all_->world.net().bandwidth = 200'000;
    work(3000);
    all_->world.run_for(3s);
    rest(8s);
    expect_nothing_unknown();
    refused += dropped("method", "queue_full");
  }
  EXPECT_GT(refused, 0U);
}

TEST_F(Books, BalanceWithSlowSubscribers) {
  std::uint64_t missed = 0;
  for (const auto seed : seeds(50)) {
    const replay how{seed};
    begin(seed);
    work();
    all_->world.net().event_drop = 0.4;
    all_->world.run_for(1s);
    all_->world.pause(all_->world.node("order-2"));
    all_->world.run_for(1s);
    all_->world.resume(all_->world.node("order-2"));
    all_->world.run_for(1s);
    rest(3s);
    expect_nothing_unknown();
    missed += dropped("topic", "gap");
    for (const auto& name : all_->names_up()) {
      const auto heard = all_->at(name).all_books().hearings;
      EXPECT_EQ(heard.size(), 2U);
    }
  }
  EXPECT_GT(missed, 0U);
}

TEST_F(Books, BalanceThroughAllOfThatAtOnce) {
  std::uint64_t lost = 0;
  std::uint64_t refused = 0;
  std::uint64_t missed = 0;
  std::uint64_t unknown = 0;
  for (const auto seed : seeds(50)) {
    const replay how{seed};
    transport::socket_limits small;
    small.link_budget_bytes = 65'536;
    begin(seed, small);
    auto& world = all_->world;
    world.net().packet_loss = 0.02;
    world.net().link_break = 0.002;
    world.net().event_drop = 0.1;
    world.net().bandwidth = 200'000;
    work(3000);
    for (int i = 0; i < 3; ++i) {
      world.run_for(std::chrono::milliseconds{chance(1000)});
      world.partition({three[chance(2)]}, {"payment-1"});
      world.pause(world.node("order-2"));  // a slow subscriber
      world.run_for(std::chrono::milliseconds{chance(2000)});
      world.resume(world.node("order-2"));
      world.heal(chance(2) == 0);
      const auto* const victim = chance(2) == 0 ? "order-1" : "payment-1";
      all_->crash(victim, chance(2) == 0);
      world.run_for(std::chrono::milliseconds{chance(2000)});
      all_->restart(victim);
    }
    world.run_for(1s);
    rest(90s);  // lives that ended are forgotten
    ASSERT_TRUE(all_->complete()) << all_->log_tail();
    expect_rest();
    EXPECT_EQ(dropped("peer", "lost_on_link"), 0U);
    lost += dropped("peer", "peer_lost");
    refused += dropped("method", "queue_full");
    missed += dropped("topic", "gap");
    unknown += dropped("peer", "peer_crashed");
  }
  EXPECT_GT(lost, 0U);
  EXPECT_GT(refused, 0U);
  EXPECT_GT(missed, 0U);
  EXPECT_GT(unknown, 0U);
}

TEST_F(Books, FindNoFaultWhenTheLastEventIsLostJustBefore) {
  for (const auto seed : seeds(50)) {
    const replay how{seed};
    begin(seed);
    work();
    all_->world.run_for(1s + std::chrono::milliseconds{chance(1000)});
    stopped_ = true;
    all_->world.net().event_drop = 1;
    all_->on("order-1", [this](node&) { parts_["order-1"].say->publish({"lost", 1}); });
    all_->world.run_for(1ms);
    all_->world.net().event_drop = 0;
    const auto found = tool::reckon(ask_twice(*all_, 1300ms), true);
    EXPECT_TRUE(found.empty()) << found[0].node << " " << found[0].with << ": " << found[0].what;
  }
}

TEST_F(Books, FindWhatVanishesFromALink) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    begin(seed);
    work();
    all_->world.run_for(300ms);
    all_->world.net().packet_vanishes = 0.02;
    all_->world.run_for(300ms);
    rest();
    EXPECT_FALSE(tool::reckon(ask_twice(*all_), true).empty());
    EXPECT_GT(dropped("peer", "lost_on_link"), 0U) << "counted, so that the sum is right again";
  }
}

/// Whoever forgets to count one: each counter in turn.
TEST_F(Books, FindEveryCounterThatIsOneShort) {
  begin(1);
  work();
  all_->world.run_for(1s);
  rest();
  ASSERT_TRUE(all_->world.run_until([this] { return is_at_rest(); }, 3s));
  const auto honest = ask_twice(*all_, 0ms);
  ASSERT_TRUE(tool::reckon(honest, true).empty());
  for (std::size_t n = 0; n < honest.size(); ++n) {
    const auto forge = [&](const auto& change) {
      auto forged = honest;
      change(forged[n].first);
      change(forged[n].last);
      EXPECT_FALSE(tool::reckon(forged, true).empty());
    };
    for (std::size_t i = 0; i < honest[n].last.accounts.size(); ++i) {
      SCOPED_TRACE(honest[n].last.accounts[i].scope + " " + honest[n].last.accounts[i].key);
      if (i >= honest[n].first.accounts.size() || honest[n].first.accounts[i].delivered == 0) {
        continue;
      }
      forge([i](book_list& of) { --of.accounts[i].delivered; });
      const auto& row = honest[n].last.accounts[i];
      const bool alone = row.scope == "beacon" || row.scope == "hearsay";
      if (!alone && row.direction == "outbound" && !row.key.starts_with("kith.") &&
          !row.key.starts_with("(")) {
        forge([i](book_list& of) { --of.accounts[i].delivered, ++of.accounts[i].in_flight; });
      }
    }
    for (std::size_t i = 0; i < honest[n].last.links.size(); ++i) {
      if (honest[n].last.links[i].sent > 0) {
        forge([i](book_list& of) { ++of.links[i].sent; });
        forge([i](book_list& of) { --of.links[i].sent; });
      }
      if (honest[n].last.links[i].read > 0) {
        forge([i](book_list& of) { --of.links[i].read; });
        forge([i](book_list& of) { ++of.links[i].read; });
      }
    }
    for (std::size_t i = 0; i < honest[n].last.hearings.size(); ++i) {
      forge([i](book_list& of) { --of.hearings[i].delivered; });
      forge([i](book_list& of) { ++of.hearings[i].gap; });
      forge([i](book_list& of) { --of.hearings[i].head, --of.hearings[i].delivered; });
      forge([i](book_list& of) { ++of.hearings[i].head, ++of.hearings[i].gap; });
    }
  }
}

}  // namespace
}  // namespace kith::test
