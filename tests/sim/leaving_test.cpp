// SPDX-License-Identifier: MPL-2.0
// Goodbye reaches whoever was greeted, also when a node leaves while it is still arriving; and who
// leaves takes no call with it.

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

bool was_greeted(cluster& all, std::string_view name) {
  const auto& lines = all.log.lines();
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.find(name) != std::string::npos && line.find(" is alive") != std::string::npos;
  });
}

TEST(Goodbye, IsSaidToThoseWhoAreGreetedWhileLeaving) {
  for (const auto seed : seeds(5)) {
    for (duration after{}; after < 12ms; after += 500us) {
      const replay how{seed};
      cluster all{seed};
      all.add("payment-1");
      all.world.run_for(1s);
      all.add("order-1");
      all.world.run_for(after);
      all.on("order-1", [](node& n) { n.stop(); });
      all.world.run_for(5s);
      const auto seen = all.sees("payment-1", "order-1");
      if (was_greeted(all, "order-1")) {
        ASSERT_TRUE(seen);
        EXPECT_EQ(seen->state, "left") << "stopped after " << after.count() << " ns";
      }
      expect_balance(all);
    }
  }
}

constexpr method<word, word> slow_echo{"test.slow_echo"};

task<word> answer_later(node& n, word what) {
  co_await n.sleep(30ms);
  co_return what;
}

/// Two callers at 400 calls a second each while every instance is restarted in turn. Half of the
/// calls are not idempotent.
void restart_all_under_load(cluster& all, const config& settings) {
  const std::vector<std::string> instances{"order-1", "order-2", "order-3"};
  for (const auto& name : instances) {
    all.add(
        name,
        [](node& n) {
          serve_echo(n);
          n.serve(slow_echo,
                  [&n](word what, call_context&) { return answer_later(n, std::move(what)); });
        },
        settings);
  }
  all.add("payment-1");
  all.add("stock-1");
  ASSERT_TRUE(all.settle());
  std::vector<std::shared_ptr<outcome_of<word>>> calls;
  const auto work_for = [&](duration length) {
    for (const auto end = all.world.now() + length; all.world.now() < end;) {
      for (const auto* const from : {"payment-1", "stock-1"}) {
        calls.push_back(all.begin(from, "order", slow_echo, {}, {.deadline = 2s}));
        calls.push_back(all.begin(from, "order", echo, {}, {.deadline = 2s}));
      }
      all.world.run_for(5ms);
    }
  };
  for (const auto& name : instances) {
    work_for(500ms);
    all.on(name, [](node& n) { n.stop(); });
    while (!all.at(name).stopped()) {
      work_for(5ms);
    }
    all.stop(name);
    work_for(200ms);
    all.restart(name);
    work_for(1s);
  }
  all.world.run_for(3s);
  for (const auto& one : calls) {
    ASSERT_EQ(one->times, 1);
    EXPECT_TRUE(one->good()) << one->why().to_string();
  }
  expect_balance(all);
}

TEST(Goodbye, OfEveryInstanceInTurnLosesNoCall) {
  for (const auto seed : seeds(5)) {
    const replay how{seed};
    cluster all{seed};
    all.world.net().latency_min = 1ms;
    all.world.net().latency_max = 20ms;
    restart_all_under_load(all, {});
    expect_balance(all);
  }
}

TEST(Goodbye, OfEveryInstanceInTurnLosesNoCallThatWaits) {
  for (const auto seed : seeds(5)) {
    const replay how{seed};
    cluster all{seed};
    all.world.net().latency_min = 1ms;
    all.world.net().latency_max = 20ms;
    config settings;
    settings.max_calls = 8;
    restart_all_under_load(all, settings);
    expect_balance(all);
  }
}

}  // namespace
}  // namespace kith::test
