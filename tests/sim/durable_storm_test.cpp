// SPDX-License-Identifier: MPL-2.0
// Many seeds of the durable storm (tests/support/durable_storm.hpp): whatever dies at whatever
// instant, orders in are orders settled, each once. And one seed is one run.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "sim/audit.hpp"
#include "support/durable_storm.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

/// scripts/chaos --sim adds these lines up.
void print(const durable_storm::counts& all) {
  const std::pair<std::uint64_t, const char*> lines[] = {
      {all.orders, "orders placed"},
      {all.acknowledged, "acknowledged"},
      {all.refused, "refused for certain"},
      {all.unknown, "of unknown fate"},
      {all.dead_letters, "dead letters"},
      {all.crashes, "processes killed"},
      {all.disk.deaths, "of them in a step of a transaction"},
      {all.power_losses, "losses of power"},
      {all.disk.lost_writes, "unsynced writes lost"},
      {all.disk.failed_commits, "commits that failed in the disk"},
      {all.takeovers, "leases taken over or given back"},
      {all.restored, "backups restored"},
      {all.regressed, "groups stopped by one"}};
  for (const auto& [count, what] : lines) {
    std::printf("  %llu %s\n", static_cast<unsigned long long>(count), what);
  }
}

TEST(DurableStorm, SettlesEveryOrderOnce) {
  std::size_t failed = 0;
  durable_storm::counts sum;
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    durable_storm weather{seed};
    weather.auditor = unbalanced;
    weather.run();
    for (const auto& what : weather.problems()) {
      ADD_FAILURE() << what;
    }
    if (!weather.problems().empty() && std::getenv("KITH_REPLAY") != nullptr) {
      std::printf("%s", weather.log_tail().c_str());
    }
    sum += weather.counted();
    failed += weather.problems().empty() ? 0 : 1;
    if (failed > 8) {
      GTEST_FAIL() << "and so on";
    }
  }
  print(sum);
  // It was a storm, and not only one.
  EXPECT_GT(sum.acknowledged, sum.orders / 3);
  if (std::getenv("KITH_REPLAY") == nullptr) {
    EXPECT_GT(sum.disk.deaths, 0U);
    if (!only_some_seeds()) {  // they are rare
      EXPECT_GT(sum.disk.lost_writes, 0U);
    }
    EXPECT_GT(sum.takeovers, 0U);
  }
}

TEST(DurableStorm, OfOneSeedIsOneRun) {
  for (const auto seed : seeds(2)) {
    const replay how{seed};
    std::uint64_t first = 0;
    {
      durable_storm weather{seed};
      weather.auditor = unbalanced;
      weather.run();
      first = weather.trace_hash();
    }
    durable_storm weather{seed};
    weather.auditor = unbalanced;
    weather.run();
    EXPECT_EQ(weather.trace_hash(), first);
  }
}

}  // namespace
}  // namespace kith::test
