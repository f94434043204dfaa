// SPDX-License-Identifier: MPL-2.0
// A stream gives its items in order, as fast as its reader takes them, and ends once: well, or with
// an error that says what happened. What a reader has not taken is bounded at both ends.

#include <gtest/gtest.h>

#include <deque>

#include "sim/audit.hpp"
#include "sim/stream_rig.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

class Streams : public testing::Test {
 protected:
  explicit Streams(std::uint64_t seed = 1) : all{seed} {}

  void begin(config server = {}) {
    all.add("order-1", there.on(), std::move(server));
    all.add("payment-1");
    ASSERT_TRUE(all.settle());
  }
  void read(reading& into, const word& request, stream_options options = {}, duration pause = {},
            std::size_t most = 1'000'000) {
    all.on("payment-1", [&, request, options, pause, most](node& n) {
      n.spawn_background(read_all(n, into, request, options, pause, most));
    });
  }
  bool run_to_end(const reading& of, duration limit = 60s) {
    return all.world.run_until([&] { return of.done(); }, limit);
  }
  account_info row(std::string_view name, std::string_view scope, std::string_view direction) {
    for (auto& one : all.at(name).books()) {
      if (one.scope == scope && one.direction == direction && one.key == count_up.name) {
        return std::move(one);
      }
    }
    return {};
  }

  /// Readings outlive the nodes, whose end tells them.
  reading& another() { return readings_.emplace_back(); }

  fountain there;

 private:
  std::deque<reading> readings_;

 protected:
  void TearDown() override { expect_balance(all); }

  cluster all;
};

TEST_F(Streams, GiveTheirItemsInOrderAndEndWell) {
  begin();
  for (const std::uint32_t window : {1U, 2U, 3U, 64U, 0U}) {
    SCOPED_TRACE(window);
    auto& got = another();
    read(got, {"", 500}, {.window = window});
    ASSERT_TRUE(run_to_end(got));
    EXPECT_TRUE(got.good);
    EXPECT_EQ(got.got.size(), 500U);
    EXPECT_TRUE(got.in_order());
  }
  EXPECT_EQ(there.ended, 5);
  EXPECT_EQ(row("payment-1", "stream", "inbound").delivered, 2500U);
  EXPECT_EQ(row("order-1", "stream", "outbound").delivered, 2500U);
  EXPECT_EQ(row("payment-1", "method", "outbound").delivered, 5U);
  expect_balance(all);
}

TEST_F(Streams, WithoutAnItemEndWellToo) {
  begin();
  auto& got = another();
  read(got, {"fails", -1});
  ASSERT_TRUE(run_to_end(got));
  ASSERT_TRUE(got.bad);
  EXPECT_TRUE(got.got.empty());
  auto& none = another();
  read(none, {"", -1});
  ASSERT_TRUE(run_to_end(none));
  EXPECT_TRUE(none.good && none.got.empty());
}

TEST_F(Streams, EndWithWhatTheirHandlerThrewAfterTheItemsBeforeIt) {
  begin();
  auto& got = another();
  read(got, {"fails", 10}, {}, 100ms);
  ASSERT_TRUE(run_to_end(got));
  ASSERT_TRUE(got.bad);
  EXPECT_EQ(got.bad->what(), errc::not_found);
  EXPECT_EQ(got.bad->outcome, outcome::answered);
  EXPECT_EQ(got.got.size(), 10U);
  expect_balance(all);
}

TEST_F(Streams, OfASlowReaderStopTheirWriter) {
  begin();
  auto& got = another();
  read(got, {"", 0}, {.window = 8}, 50ms);
  for (int i = 0; i < 100; ++i) {
    all.world.run_for(21ms);
    ASSERT_LE(there.written, static_cast<std::int64_t>(got.got.size()) + 8);
    ASSERT_LE(row("payment-1", "stream", "inbound").in_flight, 8U);
  }
  EXPECT_GE(got.got.size(), 40U) << "and it never waits for its writer";
  expect_balance(all);
}

TEST_F(Streams, StayOpenWhileNothingComes) {
  begin();
  auto& got = another();
  read(got, {"slow", 5}, {.deadline = 100ms});
  ASSERT_TRUE(run_to_end(got, 55s));
  EXPECT_TRUE(got.good) << got.bad->to_string();
  EXPECT_EQ(got.got.size(), 5U);
}

TEST_F(Streams, ThatNobodyBeginsInTimeEndByTheirDeadline) {
  config narrow;
  narrow.max_calls = 1;
  begin(narrow);
  auto& first = another();
  read(first, {"idle", 0});
  all.world.run_for(100ms);
  auto& second = another();
  const auto asked = all.world.now();
  read(second, {"", 3}, {.deadline = 300ms});
  ASSERT_TRUE(run_to_end(second));
  ASSERT_TRUE(second.bad);
  EXPECT_EQ(second.bad->what(), errc::deadline_exceeded);
  EXPECT_NEAR(static_cast<double>((second.ended - asked).count()), 300e6, 2e6);
  EXPECT_EQ(there.began, 1);
  EXPECT_FALSE(first.done());
}

TEST_F(Streams, ThatAreDroppedCancelTheirHandler) {
  begin();
  for (const auto* const how : {"", "idle"}) {
    auto& got = another();
    if (how[0] == '\0') {
      read(got, {how, 0}, {.window = 4}, {}, 7);
    } else {
      all.on("payment-1", [&](node& n) {
        got.open = std::make_unique<stream<word>>(n.service("order").open(count_up, {how, 0}));
      });
    }
    all.world.run_for(50ms);
    all.on("payment-1", [&](node&) { got.open.reset(); });
    all.world.run_for(50ms);
    EXPECT_EQ(there.cut, std::vector{errc::cancelled}) << how;
    there.cut.clear();
  }
  EXPECT_EQ(row("payment-1", "method", "outbound").dropped["cancelled"], 2U);
  EXPECT_EQ(row("order-1", "method", "inbound").dropped["cancelled"], 2U);
  expect_balance(all);
}

TEST_F(Streams, ThatAreDroppedBeforeTheyBeginAreCancelledToo) {
  begin();
  all.on("payment-1", [&](node& n) {
    auto dropped = n.service("order").open(count_up, {"idle", 0});
    static_cast<void>(n.service("nobody").open(count_up, {"", 0}));
  });
  all.world.run_for(100ms);
  EXPECT_EQ(there.began, static_cast<int>(there.cut.size()));
  expect_balance(all);
}

TEST_F(Streams, GoOnWhenTheWaitingIsCancelled) {
  begin();
  auto& got = another();
  std::vector<errc> waited;
  struct reader {
    static task<void> wait(stream<word>& from, std::vector<errc>& into) {
      const auto one = co_await from.try_next();
      into.push_back(one ? errc{} : one.error().what());
    }
  };
  all.on("payment-1", [&](node& n) {
    got.open = std::make_unique<stream<word>>(n.service("order").open(count_up, {"slow", 1}));
    n.spawn_background(reader::wait(*got.open, waited));
  });
  all.world.run_for(50ms);
  int times = 0;
  all.on("payment-1", [&](node&) {
    got.open->next([&](const result<std::optional<word>>& second) {
      EXPECT_EQ(second.error().what(), errc::failed_precondition);
      ++times;
    });
  });
  EXPECT_EQ(times, 1);
  EXPECT_TRUE(waited.empty());
  all.on("payment-1", [](node& n) { n.stop(); });  // ends background work first
  all.world.run_for(50ms);
  ASSERT_EQ(waited.size(), 1U);
  EXPECT_EQ(waited[0], errc::cancelled);
  all.world.run_for(1s);
  all.on("payment-1", [&](node&) { got.open.reset(); });
}

TEST_F(Streams, OfALostPeerEndAsPeerLost) {
  for (const bool silent : {false, true}) {
    fountain of;
    auto& got = another();
    cluster two{1};
    two.add("order-1", of.on());
    two.add("payment-1");
    ASSERT_TRUE(two.settle());
    two.on("payment-1", [&](node& n) {
      n.spawn_background(read_all(n, got, {"slow", 0}, {}, {}));
    });
    two.world.run_for(100ms);
    EXPECT_EQ(of.began, 1);
    two.crash("order-1", silent);
    ASSERT_TRUE(two.world.run_until([&] { return got.done(); }, 10s));
    ASSERT_TRUE(got.bad);
    EXPECT_EQ(got.bad->what(), errc::peer_lost);
    EXPECT_EQ(got.bad->outcome, outcome::outcome_unknown);
    expect_balance(two);
  }
}

TEST_F(Streams, OfALostReaderEndTheirHandler) {
  begin();
  auto& got = another();
  read(got, {"", 0}, {.window = 4}, 1h);
  all.world.run_for(100ms);
  all.crash("payment-1", true);
  all.world.run_for(7s);
  EXPECT_EQ(there.cut, std::vector{errc::cancelled});
  expect_balance(all);
}

TEST_F(Streams, OfAServerThatDrainsEndAtOnceAndMayBeOpenedElsewhere) {
  config patient;
  patient.drain = 30s;
  begin(patient);
  auto& idle = another();
  auto& busy = another();
  read(idle, {"idle", 0});
  read(busy, {"", 0}, {.window = 4}, 10ms);
  all.world.run_for(100ms);
  all.add("order-2", there.on());
  ASSERT_TRUE(all.settle());
  const auto asked = all.world.now();
  all.stop("order-1");
  EXPECT_LT(all.world.now() - asked, 500ms) << "it waited for its streams";
  for (const auto* const one : {&idle, &busy}) {
    ASSERT_TRUE(one->bad);
    EXPECT_EQ(one->bad->what(), errc::shutting_down);
    EXPECT_EQ(one->bad->outcome, outcome::outcome_unknown);
  }
  auto& again = another();
  read(again, {"", 10});
  ASSERT_TRUE(run_to_end(again));
  EXPECT_TRUE(again.good);
  expect_balance(all);
}

TEST_F(Streams, OfAReaderThatStopsAreCancelled) {
  begin();
  auto& got = another();
  read(got, {"", 0}, {.window = 4}, 1h);
  auto& kept = another();
  all.on("payment-1", [&](node& n) {
    kept.open = std::make_unique<stream<word>>(n.service("order").open(count_up, {"idle", 0}));
  });
  all.world.run_for(100ms);
  all.stop("payment-1");
  all.world.run_for(100ms);
  EXPECT_EQ(there.cut, (std::vector{errc::cancelled, errc::cancelled}));
  int told = 0;
  kept.open->next([&](const result<std::optional<word>>& last) {
    EXPECT_EQ(last.error().what(), errc::shutting_down);
    ++told;
  });
  EXPECT_EQ(told, 1) << "also after its node has ended";
}

TEST_F(Streams, WaitForRoomOnTheLinkAndDropNothing) {
  config tight;
  tight.message_bytes = tight.link_budget_bytes = 262'144;
  transport::socket_limits limits;
  limits.link_budget_bytes = 262'144;
  cluster narrow{1, limits};
  narrow.add("order-1", there.on(), tight);
  narrow.add("payment-1", {}, tight);
  ASSERT_TRUE(narrow.settle());
  narrow.world.slow("order-1", "payment-1", 2'000'000);
  auto& got = another();
  narrow.on("payment-1", [&](node& n) {
    n.spawn_background(read_all(n, got, {"large", 200}, {.window = 1000}));
  });
  narrow.world.run_for(50ms);
  EXPECT_EQ(there.began, 1);
  EXPECT_LT(there.written, 20) << "the link took them all: this tests nothing";
  std::vector<std::shared_ptr<outcome_of<word>>> answers;
  while (!got.done() && answers.size() < 100) {
    answers.push_back(narrow.begin("payment-1", "order", echo, {"meanwhile"}, {.deadline = 5s}));
    narrow.world.run_for(20ms);
  }
  EXPECT_GT(answers.size(), 20U);
  ASSERT_TRUE(narrow.world.run_until([&] { return got.done() && answers.back()->done(); }, 60s));
  for (const auto& one : answers) {
    ASSERT_TRUE(one->good()) << "a stream left no room for an answer: " << one->why().to_string();
  }
  EXPECT_TRUE(got.good) << got.bad->to_string();
  EXPECT_EQ(got.got.size(), 200U);
  EXPECT_TRUE(got.in_order());
  for (const auto& one : narrow.at("order-1").books()) {
    EXPECT_TRUE(one.dropped.empty()) << one.scope << " " << one.key;
  }
  expect_balance(narrow);
}

TEST_F(Streams, AreRefusedByAPeerThatDoesNotHaveThem) {
  constexpr method<word, word> plain{"test.count_up", idempotent};
  all.add("order-1", [&](node& n) { n.serve(plain, [](const word& what) { return what; }); });
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  auto& other = another();
  read(other, {"", 3}, {.deadline = 200ms});
  ASSERT_TRUE(run_to_end(other));
  EXPECT_EQ(other.bad->what(), errc::contract_mismatch);
  all.crash("order-1");
  all.add("order-2", serve_echo);
  all.world.run_for(5s);
  auto& none = another();
  read(none, {"", 3}, {.deadline = 200ms});
  ASSERT_TRUE(run_to_end(none));
  EXPECT_EQ(none.bad->what(), errc::unknown_method);
}

TEST_F(Streams, AreNotAskedForAsCalls) {
  begin();
  struct caller {
    static task<void> run(node& n, reading& into) {
      auto asking = n.service("order").call_raw("test.count_up", encode(word{"", 3}));
      try {
        co_await asking;
      } catch (const failure& why) {
        into.bad = why.reason();
      }
    }
  };
  auto& got = another();
  all.on("payment-1", [&](node& n) { n.spawn_background(caller::run(n, got)); });
  ASSERT_TRUE(run_to_end(got));
  EXPECT_EQ(got.bad->what(), errc::invalid_argument);
  EXPECT_EQ(got.bad->outcome, outcome::not_sent);
  EXPECT_EQ(got.bad->where, "window");
  EXPECT_EQ(there.began, 0);
  expect_balance(all);
}

TEST_F(Streams, SayNothingOfHowLongCallsTake) {
  config narrow;
  narrow.max_calls = 2;
  begin(narrow);
  for (int i = 0; i < 20; ++i) {
    auto& got = another();
    read(got, {"slow", 1});
    ASSERT_TRUE(run_to_end(got));
  }
  auto& one = another();
  auto& other = another();
  read(one, {"slow", 1});
  read(other, {"slow", 1});
  all.world.run_for(9900ms);
  reading third;  // a mean of 10 s would refuse it at once
  read(third, {"", 3}, {.deadline = 1s});
  ASSERT_TRUE(run_to_end(third));
  EXPECT_TRUE(third.good) << third.bad->to_string();
}

TEST_F(Streams, BalanceThroughLossAndBrokenLinks) {
  std::size_t lost = 0;
  std::size_t good = 0;
  const auto all_seeds = seeds(30);
  for (const auto seed : all_seeds) {
    const replay how{seed};
    fountain of;
    std::deque<reading> all_read;
    cluster three{seed};
    three.world.keep_trace(false);
    three.add("order-1", of.on());
    three.add("order-2", of.on());
    three.add("payment-1");
    ASSERT_TRUE(three.settle());
    three.world.net().packet_loss = 0.02;
    three.world.net().link_break = 0.002;
    for (int i = 0; i < 200; ++i) {
      auto& into = all_read.emplace_back();
      const auto chance = [&](std::uint64_t bound) { return three.world.random().below(bound); };
      const word request{chance(4) == 0 ? "fails" : "", static_cast<std::int64_t>(chance(60))};
      const stream_options options{.window = 1 + static_cast<std::uint32_t>(chance(20))};
      const auto pause = std::chrono::milliseconds{chance(3)};
      const auto most = chance(3) == 0 ? 1 + chance(50) : 1'000'000;
      three.on("payment-1", [&, request, options, pause, most](node& n) {
        n.spawn_background(read_all(n, into, request, options, pause, most));
      });
      three.world.run_for(std::chrono::milliseconds{chance(30)});
      if (i == 100) {
        three.world.partition({"order-1"}, {"payment-1"});
      } else if (i == 120) {
        three.world.heal(chance(2) == 0);
      }
    }
    three.world.net() = {};
    three.world.run_for(30s);
    for (const auto& one : all_read) {
      EXPECT_TRUE(one.in_order());
      lost += one.bad && one.bad->what() == errc::peer_lost ? 1 : 0;
      good += one.good ? 1 : 0;
    }
    expect_balance(three);
  }
  EXPECT_GT(lost, 0U);
  EXPECT_GT(good, 30 * all_seeds.size());
}

}  // namespace
}  // namespace kith::test
