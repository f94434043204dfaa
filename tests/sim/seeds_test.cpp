// SPDX-License-Identifier: MPL-2.0
// Without multicast: nodes that know one address, and learn the rest by gossip.

#include <gtest/gtest.h>

#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

constexpr auto seed_address = "127.0.0.1:5555";

/// Without a beacon; asks the seed.
config by_seed() {
  config settings;
  settings.beacon = false;
  settings.seeds = {seed_address};
  return settings;
}
/// The seed itself: told of itself too, as all nodes can be given one list.
config the_seed() {
  auto settings = by_seed();
  settings.listen = std::string{"tcp://"} + seed_address;
  return settings;
}
std::size_t lines_with(const cluster& all, std::string_view text) {
  std::size_t count = 0;
  for (const auto& line : all.log.lines()) {
    count += line.find(text) != std::string::npos ? 1 : 0;
  }
  return count;
}

TEST(Seeds, OneIsEnoughToKnowEverybodyInASecond) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    cluster all{seed};
    all.world.keep_trace(false);
    all.add("seed-1", {}, the_seed());
    for (const char* const name : {"a-1", "a-2", "b-1", "b-2", "c-1"}) {
      all.add(name, serve_echo, by_seed());
    }
    ASSERT_TRUE(all.settle(1s)) << all.log_tail();
    EXPECT_TRUE(all.call("c-1", "a", echo, {"hello", 1}).good());
    EXPECT_EQ(all.warnings(), 0U) << all.log_tail(60);
    expect_balance(all);
  }
}

TEST(Seeds, ANewcomerKnowsEverybodyInASecond) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    cluster all{seed};
    all.world.keep_trace(false);
    all.add("seed-1", {}, the_seed());
    all.add("a-1", {}, by_seed());
    all.add("b-1", {}, by_seed());
    ASSERT_TRUE(all.settle(1s)) << all.log_tail();
    all.world.run_for(
        duration{static_cast<duration::rep>(all.world.random().below(20'000'000'000))});
    all.add("c-1", {}, by_seed());
    ASSERT_TRUE(all.settle(1s)) << all.log_tail();
    expect_balance(all);
  }
}

TEST(Seeds, AreAskedUntilTheyAnswer) {
  cluster all{1};
  all.add("a-1", {}, by_seed());
  all.add("b-1", {}, by_seed());
  all.world.run_for(60s);
  EXPECT_EQ(lines_with(all, "seeds: the seed tcp://127.0.0.1:5555: peer_lost"), 2U)
      << all.log_tail();
  EXPECT_FALSE(all.sees("a-1", "b-1"));
  all.add("seed-1", {}, the_seed());
  ASSERT_TRUE(all.settle(6s)) << all.log_tail();
  expect_balance(all);
}

TEST(Seeds, ARestartedOneIsMetAgainAndTheOthersNeverLoseEachOther) {
  cluster all{2};
  all.add("seed-1", {}, the_seed());
  all.add("a-1", {}, by_seed());
  all.add("b-1", {}, by_seed());
  ASSERT_TRUE(all.settle());
  all.crash("seed-1");
  all.world.run_for(30s);
  EXPECT_TRUE(all.complete()) << all.log_tail();
  all.restart("seed-1");
  ASSERT_TRUE(all.settle(6s)) << all.log_tail();
  expect_balance(all);
}

TEST(Seeds, OfAnotherDomainIsSaidOnceWithWhatToDo) {
  cluster all{3};
  auto other = the_seed();
  other.domain = "plant";
  all.add("seed-1", {}, other);
  all.add("a-1", {}, by_seed());
  all.world.run_for(30s);
  EXPECT_EQ(lines_with(all, "wrong_domain: this node belongs to the domain plant; give all"), 1U)
      << all.log_tail();
  EXPECT_FALSE(all.sees("a-1", "seed-1"));
  expect_balance(all);
}

TEST(Seeds, APartitionOfAMinuteHealsWithinTenSeconds) {
  for (const auto seed : seeds(10)) {
    for (const bool with_the_seed : {true, false}) {
      const replay how{seed};
      cluster all{seed};
      all.world.keep_trace(false);
      all.add("seed-1", {}, the_seed());
      for (const char* const name : {"a-1", "a-2", "b-1", "b-2"}) {
        all.add(name, {}, by_seed());
      }
      ASSERT_TRUE(all.settle());
      if (with_the_seed) {
        all.world.partition({"seed-1"}, {"a-1", "a-2", "b-1", "b-2"});
      } else {
        all.world.partition({"b-1", "b-2"}, {"seed-1", "a-1", "a-2"});
      }
      all.world.run_for(60s);
      EXPECT_EQ(all.in_rotation("a-1", "seed-1"), !with_the_seed);
      EXPECT_EQ(all.in_rotation("a-1", "b-1"), with_the_seed);
      all.world.heal();
      ASSERT_TRUE(all.settle(10s)) << all.log_tail();
      expect_balance(all);
    }
  }
}

}  // namespace
}  // namespace kith::test
