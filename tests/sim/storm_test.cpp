// SPDX-License-Identifier: MPL-2.0
// Many seeds of the storm (tests/support/storm.hpp): whatever happens, the promises hold. And one
// seed is one run, to the byte.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>

#include "sim/audit.hpp"
#include "support/seeds.hpp"
#include "support/storm.hpp"

namespace kith::test {
namespace {

TEST(Storm, LeavesEveryPromiseStanding) {
  const auto begun = std::clock();
  std::size_t failed = 0;
  std::uint64_t calls = 0;
  std::uint64_t replies = 0;
  std::uint64_t not_sent = 0;
  std::uint64_t unknown = 0;
  std::uint64_t events = 0;
  std::uint64_t missed = 0;
  for (const auto seed : seeds(KITH_SIM_SEEDS)) {
    const replay how{seed};
    storm weather{seed};
    weather.run();
    for (const auto& what : weather.problems()) {
      ADD_FAILURE() << what;
    }
    expect_balance(weather.nodes());
    calls += weather.calls();
    replies += weather.replies;
    not_sent += weather.not_sent;
    unknown += weather.unknown;
    events += weather.events;
    missed += weather.missed;
    failed += weather.problems().empty() ? 0 : 1;
    if (failed > 3) {
      GTEST_FAIL() << "and so on";
    }
  }
  std::printf(
      "%llu calls: %llu replies, %llu not_sent, %llu outcome_unknown; %llu events, %llu missed\n",
      static_cast<unsigned long long>(calls), static_cast<unsigned long long>(replies),
      static_cast<unsigned long long>(not_sent), static_cast<unsigned long long>(unknown),
      static_cast<unsigned long long>(events), static_cast<unsigned long long>(missed));
  // It was a storm, and not only one.
  EXPECT_GT(replies, calls / 3);
  EXPECT_GT(not_sent, calls / 100);
  EXPECT_GT(unknown, calls / 100);
  EXPECT_GT(missed, events / 1000);
  const auto seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  EXPECT_LE(seconds, 60.0 * KITH_TIMEOUT_FACTOR) << "of a processor: too slow to be run by habit";
}

TEST(Storm, OfOneSeedLeavesTheSameTraceTwice) {
  for (const auto seed : seeds(5)) {
    const replay how{seed};
    storm first{seed};
    first.run();
    storm second{seed};
    second.run();
    EXPECT_EQ(first.trace_hash(), second.trace_hash());
    EXPECT_EQ(first.log_tail(), second.log_tail());
    first.nodes().end_without_audit("the test above audits these seeds, too");
    second.nodes().end_without_audit("likewise");
    std::printf("seed %llu has the trace %016llx\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(first.trace_hash()));
  }
}

std::string traces_of_another_process() {
  // It runs that test, whatever share of them all this process has.
  const std::string command =
      "unset GTEST_TOTAL_SHARDS GTEST_SHARD_INDEX; " +
      std::filesystem::read_symlink("/proc/self/exe").string() +
      " --gtest_filter=Storm.OfOneSeedLeavesTheSameTraceTwice | grep 'has the trace'";
  const std::unique_ptr<FILE, int (*)(FILE*)> out{popen(command.c_str(), "r"), &pclose};
  std::string text;
  std::array<char, 4096> part{};
  while (const auto size = std::fread(part.data(), 1, part.size(), out.get())) {
    text.append(part.data(), size);
  }
  return text;
}

TEST(Storm, OfOneSeedLeavesTheSameTraceInAnotherProcess) {
  const auto first = traces_of_another_process();
  EXPECT_NE(first.find("has the trace"), std::string::npos);
  EXPECT_EQ(first, traces_of_another_process());
}

}  // namespace
}  // namespace kith::test
