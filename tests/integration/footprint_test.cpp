// SPDX-License-Identifier: MPL-2.0

// What a node costs when nothing happens, and how soon it is of use.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <vector>

#include <kith/blocking_client.hpp>

#include "echo.hpp"
#include "process_rig.hpp"
#include "support/process_usage.hpp"

namespace kith::test {
namespace {

class Footprint : public process_rig {
 protected:
  /// Of a core, in 2 s, by whoever of them takes most.
  static double busiest_share(node& watcher, const std::vector<child_process>& nodes) {
    std::vector<process_usage> before;
    for (const auto& one : nodes) {
      before.push_back(usage_of(one.pid()));
    }
    const auto begin = steady::now();
    watcher.run_until([] { return false; }, 2s);
    const std::chrono::nanoseconds took = steady::now() - begin;
    double most = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto after = usage_of(nodes[i].pid());
      const auto share = static_cast<double>((after.cpu - before[i].cpu).count()) /
                         static_cast<double>(took.count());
      const auto wakeups = static_cast<double>(after.wakeups - before[i].wakeups) /
                           std::chrono::duration<double>{took}.count();
      std::cout << "idle with 3 peers: " << 100 * share << " % of a core, " << wakeups
                << " wake-ups a second, " << after.resident_kb << " KB, " << after.descriptors
                << " descriptors\n";
      most = std::max(most, share);
    }
    return most;
  }
};

/// Keeps the processors from sleeping, where that is permitted: to wake one up takes longer than
/// what it is woken for, and counts as work of whoever is woken.
class awake_processors {
 public:
  awake_processors() {
    const std::int32_t no_latency = 0;
    file_.write(reinterpret_cast<const char*>(&no_latency), sizeof no_latency);
    file_.flush();
  }

 private:
  std::ofstream file_{"/dev/cpu_dma_latency", std::ios::binary};  // as long as it is open
};

// A sanitizer has costs of its own.
#if !defined(__SANITIZE_ADDRESS__)

TEST_F(Footprint, AnIdleNodeTakesLessThanAHundredthOfACoreAndLessThan25Megabytes) {
  const awake_processors awake;
  std::vector<child_process> nodes;
  for (const auto* name : {"echo-1", "echo-2", "echo-3"}) {
    nodes.push_back(run_role("echo", name));
  }
  config settings;
  settings.domain = domain_;
  settings.log_level = "error";
  {
    node watcher{settings};
    ASSERT_TRUE(watcher.run_until(
        [&] {
          const auto members = watcher.members();
          return std::count_if(members.begin(), members.end(),
                               [](const member_info& m) { return m.in_rotation; }) == 3;
        },
        5s));
    watcher.run_until([] { return false; }, 2s);  // until the eager beacons of the start are over
    std::vector<double> shares;
    for (int span = 0; span < 3; ++span) {
      shares.push_back(busiest_share(watcher, nodes));
    }
    std::sort(shares.begin(), shares.end());
    EXPECT_LT(shares[1], 0.01) << "in two spans of three";
    for (const auto& one : nodes) {
      EXPECT_LT(usage_of(one.pid()).resident_kb, 25U * 1024);
    }
  }
}

TEST_F(Footprint, FromTheStartOfServerAndClientToTheFirstAnswerItTakesLessThan150Milliseconds) {
  std::vector<std::chrono::milliseconds> took;
  for (int round = 0; round < 21; ++round) {
    domain_ = fresh_domain();
    const auto begin = steady::now();
    auto server = run_role("echo", "echo-1");
    auto client = run_role("ask", "ask-1");
    ASSERT_EQ(client.wait(10s), 0) << client.log() << server.log();
    took.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - begin));
    if (round == 20) {
      more_crashed_ = 1;  // the client takes no leave
      audit();
    }
    server.signal(SIGTERM);
    ASSERT_EQ(server.wait(10s), 0) << server.log();
  }
  std::sort(took.begin(), took.end());
  std::cout << "start to first answer: " << took.front().count() << " to " << took.back().count()
            << " ms, median " << took[took.size() / 2].count() << " ms\n";
  // Not the median: what else the machine does adds to a round and never takes away, and while
  // others compile on it the median is as much theirs. The quarter of the rounds that they
  // disturbed least is judged.
  EXPECT_LT(took[took.size() / 4], 150ms);
}

#endif

}  // namespace
}  // namespace kith::test
