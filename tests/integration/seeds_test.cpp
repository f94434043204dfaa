// SPDX-License-Identifier: MPL-2.0

// Real processes with the beacon off: all they know is one address.

#include <gtest/gtest.h>

#include <csignal>

#include <kith/blocking_client.hpp>

#include "echo.hpp"
#include "process_rig.hpp"
#include "support/reserved_port.hpp"

namespace kith::test {
namespace {

class SeededNodes : public process_rig {
 protected:
  SeededNodes() { found_by_ = {"KITH_BEACON=false", "KITH_SEED=" + seed_.address()}; }

  child_process start(const std::string& instance, std::vector<std::string> more) {
    more.insert(more.begin(), "--beacon=false");
    return run_role("echo", instance, std::move(more));
  }
  child_process start_seed() {
    return start("seed-1", {"--listen", std::string{"tcp://"} + seed_.address()});
  }
  config observer() const {
    config settings;
    settings.domain = domain_;
    settings.log_level = "error";
    settings.beacon = false;
    settings.seeds = {seed_.address()};
    return settings;
  }
  /// Those that nobody meets at the seed are found by their own addresses.
  void find_by(const std::vector<child_process>& nodes) {
    const std::string word = "listens at tcp://";
    std::string all;
    for (const auto& one : nodes) {
      const auto log = one.log();
      const auto at = log.find(word) + word.size();
      all += (all.empty() ? "" : ",") + log.substr(at, log.find_first_of(" ,", at) - at);
    }
    found_by_ = {"KITH_BEACON=false", "KITH_SEED=" + all};
  }
  static bool in_rotation(node& from, std::string_view instance) {
    for (const auto& member : from.members()) {
      if (member.instance == instance && member.in_rotation) {
        return true;
      }
    }
    return false;
  }

  reserved_port seed_;
};

TEST_F(SeededNodes, FindEachOtherByOneAddress) {
  auto seed = start_seed();
  auto one = start("echo-1", {"--seed", seed_.address()});
  auto two = start("echo-2", {"--seed", std::string{"127.0.0.1:1,"} + seed_.address()});
  node watcher{observer()};
  EXPECT_TRUE(watcher.run_until(
      [&] {
        return in_rotation(watcher, "seed-1") && in_rotation(watcher, "echo-1") &&
               in_rotation(watcher, "echo-2");
      },
      3s * KITH_TIMEOUT_FACTOR))
      << seed.log() << one.log() << two.log();
}

TEST_F(SeededNodes, StayTogetherWithoutTheSeedAndMeetItAgain) {
  auto seed = start_seed();
  auto one = start("echo-1", {"--seed", seed_.address()});
  node watcher{observer()};
  const auto both = [&] {
    return in_rotation(watcher, "seed-1") && in_rotation(watcher, "echo-1");
  };
  ASSERT_TRUE(watcher.run_until(both, 3s * KITH_TIMEOUT_FACTOR)) << seed.log() << one.log();
  seed.signal(SIGKILL);
  seed.wait(5s * KITH_TIMEOUT_FACTOR);
  EXPECT_TRUE(
      watcher.run_until([&] { return !in_rotation(watcher, "seed-1"); }, 2s * KITH_TIMEOUT_FACTOR));
  EXPECT_TRUE(in_rotation(watcher, "echo-1"));
  auto again = start_seed();
  EXPECT_TRUE(watcher.run_until(both, 8s * KITH_TIMEOUT_FACTOR)) << again.log() << one.log();
}

TEST_F(SeededNodes, ASeedThatIsTheNodeItselfIsNoTrouble) {
  auto seed =
      start("seed-1", {"--listen", std::string{"tcp://"} + seed_.address(), "--seed",
                       "localhost:" + std::to_string(seed_.number()), "--log-level", "debug"});
  node watcher{observer()};
  ASSERT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "seed-1"); }, 3s * KITH_TIMEOUT_FACTOR))
      << seed.log();
  watcher.run_until([&] { return seed.log().find("is this node itself") != std::string::npos; },
                    5s * KITH_TIMEOUT_FACTOR);
  watcher.run_until([] { return false; }, 500ms);
  EXPECT_NE(seed.log().find("is this node itself"), std::string::npos) << seed.log();
  EXPECT_EQ(seed.log().find("warning", seed.log().find("is this node itself")), std::string::npos)
      << seed.log();
  EXPECT_EQ(seed.log().find("refused"), std::string::npos) << seed.log();
}

TEST_F(SeededNodes, WhatIsNoKithNodeIsSaidAndAskedAgain) {
  auto one = start("echo-1", {"--seed", seed_.address()});
  node watcher{observer()};
  watcher.start();
  watcher.run_until([&] { return one.log().find("the port right?") != std::string::npos; },
                    5s * KITH_TIMEOUT_FACTOR);
  EXPECT_NE(
      one.log().find("the seed tcp://" + seed_.address() + ": peer_lost: nobody listens there"),
      std::string::npos)
      << one.log();
  EXPECT_NE(one.log().find("the port right?"), std::string::npos) << one.log();
  find_by({one});
}

TEST_F(SeededNodes, WithoutSeedsAndBeaconItIsSaidThatNobodyWillBeFound) {
  auto one = start("echo-1", {});
  auto two = start("echo-2", {"--seed", seed_.address()});
  node watcher{observer()};
  watcher.run_until([&] { return one.log().find("finds nobody") != std::string::npos; },
                    3s * KITH_TIMEOUT_FACTOR);
  watcher.run_until([&] { return two.log().find("by its seeds only") != std::string::npos; },
                    3s * KITH_TIMEOUT_FACTOR);
  EXPECT_NE(one.log().find("finds nobody by itself"), std::string::npos) << one.log();
  EXPECT_EQ(two.log().find("finds nobody by itself"), std::string::npos) << two.log();
  find_by({one, two});
}

}  // namespace
}  // namespace kith::test
