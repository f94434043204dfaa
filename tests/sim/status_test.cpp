// SPDX-License-Identifier: MPL-2.0
// What a node tells of how it is: latencies of both sides, failures, queues, breakers, levels.

#include <gtest/gtest.h>

#include <kith/introspection.hpp>

#include "admin/latency.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"

namespace kith::test {
namespace {

constexpr method<word, word> errand{"test.errand"};

task<word> run_slowly(node& n, word what) {
  co_await n.sleep(20ms);
  if (what.text == "torn") {
    throw failed_precondition{"it is torn"};
  }
  co_return what;
}

class Status : public testing::Test {
 protected:
  void start(const config& settings = {}) {
    all_.add(
        "order-1",
        [](node& n) {
          serve_echo(n);
          n.serve(errand, [&n](word what) { return run_slowly(n, std::move(what)); });
        },
        settings);
    all_.add("payment-1");
    ASSERT_TRUE(all_.settle());
  }
  outcome_of<word> call(const method<word, word>& which, const std::string& text,
                        duration deadline = 1s) {
    return all_.call("payment-1", "order", which, {text, 1}, {.deadline = deadline});
  }
  node_status status_of(const std::string& name) {
    const auto asked = all_.call(name == "order-1" ? "payment-1" : "order-1",
                                 name == "order-1" ? "order" : "payment", get_status, nothing{});
    EXPECT_TRUE(asked.good());
    return asked.good() ? asked.value->value() : node_status{};
  }
  static call_info calls_of(const node_status& status, const std::string& direction,
                            const std::string& method) {
    for (const auto& one : status.calls) {
      if (one.direction == direction && one.method == method) {
        return one;
      }
    }
    return {};
  }

  void TearDown() override { expect_balance(all_); }

  cluster all_{23};
};

TEST_F(Status, TellsHowLongCallsTookOnBothSides) {
  start();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(call(errand, "a").good());
  }
  const auto made = calls_of(status_of("payment-1"), "outbound", "test.errand");
  const auto served = calls_of(status_of("order-1"), "inbound", "test.errand");
  EXPECT_EQ(made.took.count, 10U);
  EXPECT_EQ(served.took.count, 10U);
  const auto p50 = *admin::histogram_of(served.took).quantile(0.5);
  EXPECT_GE(p50, 19ms);
  EXPECT_LT(p50, 22ms);
  EXPECT_GE(made.took.sum_us, served.took.sum_us) << "and the way there and back";
  EXPECT_EQ(served.waited.count, 10U);
  EXPECT_EQ(served.waited.longest_us, 0U);
}

TEST_F(Status, TellsHowCallsFailed) {
  start();
  EXPECT_FALSE(call(errand, "torn").good());
  EXPECT_FALSE(call(errand, "late", 5ms).good());
  all_.world.run_for(100ms);
  const auto made = calls_of(status_of("payment-1"), "outbound", "test.errand");
  const auto served = calls_of(status_of("order-1"), "inbound", "test.errand");
  EXPECT_EQ(made.failed.at("failed_precondition"), 1U);
  EXPECT_EQ(made.failed.at("deadline_exceeded"), 1U);
  EXPECT_EQ(served.failed.at("failed_precondition"), 1U);
  EXPECT_EQ(made.took.count, 2U) << "also what failed took its time";
}

TEST_F(Status, TellsWhatCallsCameToAtEachInstance) {
  start();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(call(errand, "a").good());
  }
  EXPECT_FALSE(call(errand, "torn").good());
  EXPECT_FALSE(call(errand, "late", 5ms).good());
  all_.world.run_for(100ms);
  const auto caller = status_of("payment-1");
  ASSERT_EQ(caller.callees.size(), 1U);
  const auto& there = caller.callees[0];
  EXPECT_EQ(there.instance, "order-1");
  EXPECT_EQ(there.service, "order");
  EXPECT_EQ(there.attempts, 7U) << "not what the framework asks for itself";
  EXPECT_EQ(there.failed, 1U) << "an answer that blames the caller is none";
  EXPECT_EQ(there.outstanding, 0U);
  EXPECT_EQ(there.took.count, 6U);
  EXPECT_GE(*admin::histogram_of(there.took).quantile(0.5), 19ms);
  EXPECT_TRUE(status_of("order-1").callees.empty());
}

TEST_F(Status, TellsHowLongCallsWaitedForTheirTurn) {
  config settings;
  settings.max_calls = 1;
  start(settings);
  std::vector<std::shared_ptr<outcome_of<word>>> calls;
  for (int i = 0; i < 3; ++i) {
    calls.push_back(all_.begin("payment-1", "order", errand, word{"a", i}));
  }
  all_.world.run_for(15ms);
  const auto busy = status_of("order-1");
  for (const auto& queue : busy.queues) {
    if (queue.name == "incoming_calls") {
      EXPECT_EQ(queue.depth, 2U);
      EXPECT_EQ(queue.limit, 1024U);
    }
  }
  EXPECT_EQ(busy.self.queue_depth, 3U);
  all_.world.run_until([&] { return calls.back()->done(); }, 1s);
  const auto waited = calls_of(status_of("order-1"), "inbound", "test.errand").waited;
  EXPECT_EQ(waited.count, 3U);
  EXPECT_GE(waited.longest_us, 35'000U);
}

TEST_F(Status, TellsHowLongEventsTookToGetHere) {
  std::optional<publisher<word>> line;
  ear heard;
  all_.add("order-1", [&](node& n) { line = n.publishes(said); });
  all_.add("payment-1", [&](node& n) { listen(n, said, heard); });
  ASSERT_TRUE(all_.world.run_until([&] { return heard.line->counts().publishers == 1; }, 5s));
  for (int i = 0; i < 3; ++i) {
    all_.on("order-1", [&](node&) {
      EXPECT_TRUE(line->publish({"a", i}));
      EXPECT_TRUE(line->publish({"b", i}));
    });
    all_.world.run_for(100ms);
  }
  const auto status = status_of("payment-1");
  ASSERT_EQ(status.event_times.size(), 1U);
  EXPECT_EQ(status.event_times[0].topic, "test.said");
  EXPECT_EQ(status.event_times[0].group, "");
  EXPECT_EQ(status.event_times[0].took.count, 3U) << "the first of each packet";
  EXPECT_LT(status.event_times[0].took.longest_us, 100'000U);
}

TEST_F(Status, TellsWhatTheNodeIs) {
  start();
  ASSERT_TRUE(call(echo, "a").good());
  const auto there = status_of("order-1");
  EXPECT_EQ(there.self.instance, "order-1");
  EXPECT_EQ(there.phase, "running");
  EXPECT_EQ(there.admin, "");
  EXPECT_GT(there.uptime_us, 0);
  EXPECT_EQ(there.members.at("alive"), 1U);
  EXPECT_EQ(there.sessions, 1U);
  EXPECT_FALSE(there.version.empty());
  const auto caller = status_of("payment-1");
  ASSERT_FALSE(caller.breakers.empty());
  EXPECT_EQ(caller.breakers[0].instance, "order-1");
  EXPECT_EQ(caller.breakers[0].state, "closed");
  EXPECT_EQ(caller.budgets.size(), 2U);
}

TEST_F(Status, ALevelThatIsNoneIsRefused) {
  start();
  const auto wrong = all_.call("payment-1", "order", set_log_level, log_level_request{"loud"});
  ASSERT_FALSE(wrong.good());
  EXPECT_EQ(wrong.why().what(), errc::invalid_argument);
  const auto asked = all_.call("payment-1", "order", set_log_level, log_level_request{});
  ASSERT_TRUE(asked.good());
  EXPECT_EQ(asked.value->value().level, "debug") << "a log book keeps all";
}

}  // namespace
}  // namespace kith::test
