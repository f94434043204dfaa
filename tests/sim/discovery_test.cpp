// SPDX-License-Identifier: MPL-2.0
// Nodes find each other, and notice who left, crashed, hung or came back. All settings are the
// defaults: heartbeats every 300 ms.

#include <gtest/gtest.h>

#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

TEST(Discovery, TakesLessThanASecondEachTime) {
  for (const auto seed : seeds(50)) {
    const replay how{seed};
    cluster all{seed};
    all.world.keep_trace(false);
    all.add("order-1");
    all.world.run_for(
        duration{static_cast<duration::rep>(all.world.random().below(2'000'000'000))});
    all.add("payment-1");
    ASSERT_TRUE(all.settle(1s)) << all.log_tail();
    expect_balance(all);
  }
}

TEST(Discovery, SurvivesLostAndDoubledBeacons) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    cluster all{seed};
    all.world.net().datagram_loss = 0.5;
    all.world.net().datagram_duplication = 0.3;
    for (const char* const name : {"a-1", "a-2", "b-1", "b-2"}) {
      all.add(name);
    }
    ASSERT_TRUE(all.settle(10s)) << all.log_tail();
    expect_balance(all);
  }
}

TEST(Discovery, OfThirtyNodesStartingTogetherTakesAFewSeconds) {
  cluster all{7};
  all.world.keep_trace(false);
  for (int i = 0; i < 30; ++i) {
    all.add("many-" + std::to_string(i));
  }
  EXPECT_TRUE(all.settle(5s)) << all.log_tail();
  expect_balance(all);
}

TEST(Discovery, KeepsDomainsApart) {
  cluster all{1};
  all.add("order-1");
  config elsewhere;
  elsewhere.domain = "test";
  all.add("order-2", {}, elsewhere);
  all.world.run_for(5s);
  EXPECT_FALSE(all.sees("order-1", "order-2"));
  EXPECT_FALSE(all.sees("order-2", "order-1"));
  expect_balance(all);
}

TEST(Goodbye, TakesANodeOutOfRotationAtOnce) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    cluster all{seed};
    all.add("order-1");
    all.add("payment-1");
    ASSERT_TRUE(all.settle());
    all.on("order-1", [](node& n) { n.stop(); });
    all.world.run_for(5ms);
    EXPECT_FALSE(all.in_rotation("payment-1", "order-1"));
    EXPECT_EQ(all.sees("payment-1", "order-1")->state, "left");
    all.world.run_for(5s);
    EXPECT_EQ(all.sees("payment-1", "order-1")->state, "left");
    EXPECT_TRUE(all.at("order-1").stopped());
    expect_balance(all);
  }
}

TEST(Crash, TakesANodeOutOfRotationWithinTwoSeconds) {
  for (const auto seed : seeds(20)) {
    for (const bool silent : {false, true}) {
      const replay how{seed};
      SCOPED_TRACE(silent ? "silent" : "links broke");
      cluster all{seed};
      all.add("order-1");
      all.add("payment-1");
      ASSERT_TRUE(all.settle());
      all.world.run_for(
          duration{static_cast<duration::rep>(all.world.random().below(1'000'000'000))});
      all.crash("order-1", silent);
      EXPECT_TRUE(all.world.run_until([&] { return !all.in_rotation("payment-1", "order-1"); },
                                      silent ? 2s : 10ms))
          << all.log_tail();
      EXPECT_TRUE(all.world.run_until(
          [&] { return all.sees("payment-1", "order-1")->state == "dead"; }, 6s))
          << all.log_tail();
      expect_balance(all);
    }
  }
}

TEST(Restart, IsFoundUnderANewId) {
  for (const auto seed : seeds(20)) {
    for (const bool silent : {false, true}) {
      const replay how{seed};
      cluster all{seed};
      all.add("order-1", serve_echo);
      all.add("payment-1");
      ASSERT_TRUE(all.settle());
      const auto first = all.at("order-1").description();
      all.crash("order-1", silent);
      all.world.run_for(50ms);
      all.restart("order-1");
      EXPECT_NE(all.at("order-1").description().id, first.id);
      EXPECT_GT(all.at("order-1").description().incarnation, first.incarnation);
      ASSERT_TRUE(all.settle(1s)) << all.log_tail();
      const auto got = all.call("payment-1", "order", echo, {"again", 1});
      ASSERT_TRUE(got.good()) << got.why().to_string() << all.log_tail();
      expect_balance(all);
    }
  }
}

TEST(Restart, OnTheSamePortIsNotTakenForTheEarlierLife) {
  for (const auto seed : seeds(10)) {
    const replay how{seed};
    cluster all{seed};
    config fixed;
    fixed.listen = "tcp://127.0.0.1:5555";
    all.add("order-1", serve_echo, fixed);
    all.add("payment-1");
    ASSERT_TRUE(all.settle());
    const auto first = all.at("order-1").description().id.to_string();
    all.crash("order-1");
    all.restart("order-1");
    ASSERT_TRUE(all.settle(1s)) << all.log_tail();
    const auto got = all.call("payment-1", "order", echo, {"again", 1});
    ASSERT_TRUE(got.good()) << got.why().to_string();
    all.world.run_for(4s);
    for (const auto& row : all.at("payment-1").members()) {
      if (row.id == first) {
        EXPECT_EQ(row.state, "dead");
        EXPECT_NE(row.why.find("stale_incarnation"), std::string::npos) << row.why;
      }
    }
    expect_balance(all);
  }
}

TEST(Partition, OfAMinuteHealsWithinTenSeconds) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    cluster all{seed};
    for (const char* const name : {"order-1", "order-2", "payment-1"}) {
      all.add(name, serve_echo);
    }
    ASSERT_TRUE(all.settle());
    all.world.partition({"order-1"}, {"order-2", "payment-1"});
    all.world.run_for(60s);
    EXPECT_FALSE(all.in_rotation("payment-1", "order-1"));
    EXPECT_FALSE(all.in_rotation("order-1", "payment-1"));
    EXPECT_TRUE(all.in_rotation("payment-1", "order-2"));
    all.world.heal();
    ASSERT_TRUE(all.settle(10s)) << all.log_tail();
    expect_balance(all);
  }
}

TEST(Partition, ShorterThanTheSuspicionIsNotNoticed) {
  cluster all{3};
  all.add("order-1");
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  const auto warnings = all.log.count(log_level::warning);
  all.world.partition({"order-1"}, {"payment-1"});
  all.world.run_for(500ms);
  all.world.heal();
  all.world.run_for(5s);
  EXPECT_TRUE(all.complete());
  EXPECT_EQ(all.log.count(log_level::warning), warnings) << all.log_tail();
  expect_balance(all);
}

TEST(BlackHole, OneWayTakesTheNodeOutAndHeals) {
  for (const auto seed : seeds(20)) {
    for (const bool towards : {false, true}) {
      const replay how{seed};
      cluster all{seed};
      all.add("order-1", serve_echo);
      all.add("payment-1");
      ASSERT_TRUE(all.settle());
      if (towards) {
        all.world.black_hole({"payment-1"}, {"order-1"});
      } else {
        all.world.black_hole({"order-1"}, {"payment-1"});
      }
      ASSERT_TRUE(all.world.run_until([&] { return !all.in_rotation("payment-1", "order-1"); }, 2s))
          << all.log_tail();
      all.world.run_for(20s);
      all.world.heal();
      ASSERT_TRUE(all.settle(10s)) << all.log_tail();
      expect_balance(all);
    }
  }
}

TEST(Pause, MakesTheStoppedNodeSuspectAndNobodyElse) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    cluster all{seed};
    for (const char* const name : {"order-1", "order-2", "payment-1"}) {
      all.add(name, serve_echo);
    }
    ASSERT_TRUE(all.settle());
    all.world.pause(all.world.node("order-1"));
    ASSERT_TRUE(all.world.run_until([&] { return !all.in_rotation("payment-1", "order-1"); }, 2s));
    EXPECT_TRUE(all.in_rotation("payment-1", "order-2"));
    all.world.run_for(10s);
    all.world.resume(all.world.node("order-1"));
    // It slept, they did not: no false death in its own table.
    const auto dead_in_own_view = [&] {
      for (const auto& row : all.at("order-1").members()) {
        if (row.state == "dead") {
          return true;
        }
      }
      return false;
    };
    EXPECT_FALSE(all.world.run_until(dead_in_own_view, 5s)) << all.log_tail();
    ASSERT_TRUE(all.settle(5s)) << all.log_tail();
    expect_balance(all);
  }
}

TEST(Pause, OfASecondCostsNobodyAnything) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    cluster all{seed};
    all.add("order-1", serve_echo);
    all.add("payment-1", serve_echo);
    ASSERT_TRUE(all.settle());
    all.world.pause(all.world.node("order-1"));
    all.world.run_for(1s);
    all.world.resume(all.world.node("order-1"));
    ASSERT_TRUE(all.settle(500ms)) << all.log_tail();
    EXPECT_TRUE(all.call("order-1", "payment", echo, {"x", 1}).good());
    expect_balance(all);
  }
}

TEST(Database, InstancesOfOneServiceOnDifferentOnesAreReported) {
  cluster all{1};
  const auto on = [](std::string database) {
    return [database](node& n) { n.works_on_database(database); };
  };
  all.add("order-1", on("blue"));
  all.add("order-2", on("blue"));
  all.add("payment-1", on("red"));
  ASSERT_TRUE(all.settle());
  EXPECT_EQ(all.warnings(), 0U) << all.log_tail();
  all.add("order-3", on("green"));
  ASSERT_TRUE(all.settle());
  const auto& lines = all.log.lines();
  const auto said = [&](const std::string& who) {
    return std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find(who) != std::string::npos &&
             line.find("works on another database than this instance") != std::string::npos;
    });
  };
  EXPECT_EQ(said("order-3 ("), 2) << "by both of the others\n" << all.log_tail();
  EXPECT_EQ(all.warnings(), 4U) << "and by itself of both\n" << all.log_tail();
  expect_balance(all);
}

TEST(InstanceName, OfTwoLivesKeepsTheNewerInRotation) {
  cluster named{5};
  named.add("watch-1");
  auto& older = named.world.add_node("older");
  config one;
  one.service = "order";
  one.instance = "order-1";
  auto& first = older.make<node>(one, sim::make_environment(older, named.log));
  first.start();
  named.world.run_for(1s);
  auto& newer = named.world.add_node("newer");
  auto& second = newer.make<node>(one, sim::make_environment(newer, named.log));
  second.start();
  named.world.run_for(2s);
  int seen = 0;
  for (const auto& row : named.at("watch-1").members()) {
    if (row.id == first.description().id.to_string()) {
      ++seen;
      EXPECT_FALSE(row.in_rotation);
      EXPECT_EQ(row.state, "alive");
      EXPECT_NE(row.why.find("superseded"), std::string::npos) << row.why;
    } else if (row.id == second.description().id.to_string()) {
      ++seen;
      EXPECT_TRUE(row.in_rotation);
    }
  }
  EXPECT_EQ(seen, 2);
  expect_balance(named);
}

}  // namespace
}  // namespace kith::test
