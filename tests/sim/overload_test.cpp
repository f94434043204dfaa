// SPDX-License-Identifier: MPL-2.0
// A server to which more comes than it can serve goes on serving what it can, and shares it out.

#include <gtest/gtest.h>

#include <algorithm>

#include "node/gossip/probe_contract.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

constexpr method<word, word> chore{"test.work"};
constexpr duration service_time = 10ms;
constexpr int at_once = 4;
constexpr double capacity = at_once * 100.0;  // a second

task<word> do_work(node& n, word what) {
  co_await n.sleep(service_time);
  co_return what;
}

config limited() {
  config settings;
  settings.max_calls = at_once;
  return settings;
}

/// Calls in virtual time at an even rate, each with 200 ms.
class load {
 public:
  load(cluster& all, std::string from, double per_second)
      : all_{&all}, from_{std::move(from)}, gap_{static_cast<std::int64_t>(1e9 / per_second)} {}

  void tick(time_point now) {
    for (; next_ <= now; next_ += gap_) {
      calls.push_back(all_->begin(from_, "order", chore, {}, {.deadline = 200ms}));
    }
  }
  void begin_at(time_point at) { next_ = at; }

  /// Of those begun from `since` on, until `until`.
  template <class Which>
  [[nodiscard]] long count(time_point since, time_point until, Which which) const {
    return std::count_if(calls.begin(), calls.end(), [&](const auto& one) {
      return one->started >= since && one->started < until && which(*one);
    });
  }

  std::vector<std::shared_ptr<outcome_of<word>>> calls;

 private:
  cluster* all_;
  std::string from_;
  duration gap_;
  time_point next_{};
};

const auto good = [](const outcome_of<word>& one) { return one.good(); };
const auto any = [](const outcome_of<word>&) { return true; };

class Overload : public ::testing::Test {
 protected:
  Overload() {
    all.add(
        "order-1",
        [](node& n) {
          n.serve(chore, [&n](word what, call_context&) { return do_work(n, std::move(what)); });
        },
        limited());
    all.add("payment-1");
    all.add("stock-1");
  }
  void TearDown() override { expect_balance(all); }

  void run(std::initializer_list<load*> loads, duration length) {
    begin = all.world.now();
    for (auto* const one : loads) {
      one->begin_at(begin);
    }
    for (end = begin + length; all.world.now() < end; all.world.run_for(500us)) {
      for (auto* const one : loads) {
        one->tick(all.world.now());
      }
    }
    all.world.run_for(1s);
  }

  account_info served() {
    for (const auto& row : all.at("order-1").books()) {
      if (row.scope == "method" && row.direction == "inbound" && row.key == chore.name) {
        return row;
      }
    }
    return {};
  }

  cluster all{1};
  time_point begin{};
  time_point end{};
};

TEST_F(Overload, AtThreeTimesTheCapacityKeepsTheGoodput) {
  ASSERT_TRUE(all.settle());
  load calls{all, "payment-1", 3 * capacity};
  run({&calls}, 5s);
  EXPECT_GE(static_cast<double>(calls.count(begin + 1s, end, good)), 0.9 * 4 * capacity);
  std::size_t refused = 0;
  for (const auto& one : calls.calls) {
    ASSERT_EQ(one->times, 1);
    if (!one->good()) {
      EXPECT_EQ(one->why().what(), errc::overloaded) << one->why().to_string();
      EXPECT_EQ(one->why().outcome, outcome::not_sent);
      EXPECT_GT(one->why().retry_after, 10ms);
      EXPECT_LE(one->why().retry_after, 200ms);
      ++refused;
    }
  }
  const auto row = served();
  ASSERT_TRUE(row.dropped.contains("shed"));
  EXPECT_EQ(row.dropped.at("shed"), refused);
  EXPECT_EQ(row.sent, row.delivered + refused);
  EXPECT_LE(all.call("payment-1", "order", chore, {}).took(), 2 * service_time);
}

TEST_F(Overload, OfOneGreedyCallerLeavesTheModestOneItsShare) {
  ASSERT_TRUE(all.settle());
  load greedy{all, "payment-1", 3 * capacity};
  load modest{all, "stock-1", capacity / 4};
  run({&greedy, &modest}, 5s);
  const auto asked = modest.count(begin, end, any);
  EXPECT_EQ(modest.count(begin, end, good), asked);
  EXPECT_GE(static_cast<double>(greedy.count(begin + 1s, end, good)), 0.9 * 4 * 0.75 * capacity);
}

TEST_F(Overload, OfTwoGreedyCallersHalvesItBetweenThem) {
  ASSERT_TRUE(all.settle());
  load more{all, "payment-1", 4 * capacity};
  load less{all, "stock-1", 2 * capacity};
  run({&more, &less}, 5s);
  const auto half = 4 * capacity / 2;
  EXPECT_NEAR(static_cast<double>(more.count(begin + 1s, end, good)), half, half / 10);
  EXPECT_NEAR(static_cast<double>(less.count(begin + 1s, end, good)), half, half / 10);
}

task<void> ask_patiently(node& n) {
  auto orders = n.service("order");
  co_await orders.try_call(chore, {"", 0}, {.deadline = 60s});
}

TEST_F(Overload, CallsThatAreGivenUpLeaveTheQueue) {
  ASSERT_TRUE(all.settle());
  all.on("stock-1", [](node& n) {
    for (int i = 0; i < 100; ++i) {
      n.spawn_background(ask_patiently(n));
    }
  });
  all.world.run_for(5ms);
  all.on("stock-1", [](node& n) { n.stop(); });  // ends background work
  all.world.run_for(2ms);
  const auto got = all.call("payment-1", "order", chore, {});
  ASSERT_TRUE(got.good());
  EXPECT_LE(got.took(), 2 * service_time);
  const auto row = served();
  ASSERT_TRUE(row.dropped.contains("cancelled"));
  EXPECT_EQ(row.dropped.at("cancelled"), 100U);
  EXPECT_EQ(row.in_flight, 0U);
}

TEST_F(Overload, ReservedMethodsPassByTheQueue) {
  ASSERT_TRUE(all.settle());
  for (int i = 0; i < 100; ++i) {
    all.begin("payment-1", "order", chore, {}, {.deadline = 60s});
  }
  all.world.run_for(5ms);
  const probe_request about{all.at("stock-1").description().id.to_string()};
  const auto got = all.call("payment-1", "order", probe_for, about);
  ASSERT_TRUE(got.good()) << got.why().to_string();
  EXPECT_LT(got.took(), service_time / 2);
}

TEST_F(Overload, WhatWaitsWhenTheServerStopsIsHandedBack) {
  config once;
  once.attempts = 1;  // what is handed back to it goes nowhere else
  all.add("desk-1", {}, once);
  ASSERT_TRUE(all.settle());
  std::vector<std::shared_ptr<outcome_of<word>>> calls;
  for (int i = 0; i < 100; ++i) {
    calls.push_back(all.begin("desk-1", "order", chore, {}, {.deadline = 60s}));
  }
  all.world.run_for(5ms);
  all.on("order-1", [](node& n) { n.stop(); });
  all.world.run_for(8ms);
  int handed_back = 0;
  for (const auto& one : calls) {
    if (one->done() && !one->good()) {
      ++handed_back;
      EXPECT_EQ(one->why().what(), errc::shutting_down);
      EXPECT_EQ(one->why().outcome, outcome::not_sent);
    }
  }
  EXPECT_EQ(handed_back, 100 - at_once);
  all.world.run_for(1s);
  int finished = 0;
  for (const auto& one : calls) {
    ASSERT_EQ(one->times, 1);
    finished += one->good() ? 1 : 0;
  }
  EXPECT_EQ(finished, at_once);
}

/// Something behind the handlers that does four at once well, and more no faster.
struct shared_store {
  int inside = 0;

  struct guest {
    explicit guest(int& count) : count_{count} { ++count_; }
    guest(const guest&) = delete;
    guest& operator=(const guest&) = delete;
    ~guest() { --count_; }
    int& count_;
  };

  task<word> use(node& n, word what) {
    const guest here{inside};
    co_await n.sleep(service_time * std::max(1, inside / at_once));
    co_return what;
  }
};

TEST(OverloadAdaptive, FindsWhatTheHandlersCanBear) {
  shared_store store;
  cluster all{1};
  config adaptive;
  adaptive.max_calls = 0;
  all.add(
      "order-1",
      [&store](node& n) {
        n.serve(chore,
                [&store, &n](word what, call_context&) { return store.use(n, std::move(what)); });
      },
      adaptive);
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  const auto run = [&](double per_second, duration length) {
    load calls{all, "payment-1", per_second};
    const auto begin = all.world.now();
    calls.begin_at(begin);
    while (all.world.now() < begin + length) {
      calls.tick(all.world.now());
      all.world.run_for(500us);
    }
    all.world.run_for(1s);
    const auto since = begin + length - 4s;
    return static_cast<double>(calls.count(since, begin + length, good)) / 4;
  };
  EXPECT_EQ(run(capacity / 2, 5s), capacity / 2);
  EXPECT_GE(run(3 * capacity, 6s), 0.9 * capacity);
  EXPECT_EQ(run(capacity / 2, 5s), capacity / 2);
  expect_balance(all);
}

/// A server where calls take 10 ms, and long polls 10 s.
class LongPolls : public ::testing::Test {
 protected:
  static constexpr method<word, word> poll{"test.poll", waits};

  void begin(std::uint32_t max_calls) {
    config settings;
    settings.max_calls = max_calls;
    all.add(
        "order-1",
        [](node& n) {
          n.serve(chore, [&n](word what, call_context&) { return do_work(n, std::move(what)); });
          n.serve(poll, [&n](word what, call_context&) { return wait(n, std::move(what)); });
        },
        settings);
    all.add("payment-1");
    EXPECT_TRUE(all.settle());
  }
  void TearDown() override { expect_balance(all); }
  auto ask() { return all.begin("payment-1", "order", poll, {}, {.deadline = 20s}); }

  cluster all{6};

 private:
  static task<word> wait(node& n, word what) {
    co_await n.sleep(10s);
    co_return what;
  }
};

TEST_F(LongPolls, SayNothingOfHowLongCallsTake) {
  begin(2);
  for (int i = 0; i < 10; ++i) {
    ask();
    const auto one = ask();
    ASSERT_TRUE(all.world.run_until([&] { return one->done(); }, 20s));
  }
  ask();
  ask();
  all.world.run_for(9900ms);
  const auto third = all.call("payment-1", "order", chore, {}, {.deadline = 1s});
  EXPECT_TRUE(third.good()) << "a mean of 10 s would refuse it at once";
}

TEST_F(LongPolls, HaveNoPlaceAmongThoseThatAnAdaptiveLimitCounts) {
  begin(0);
  std::vector<decltype(ask())> polls;
  for (int i = 0; i < 200; ++i) {
    polls.push_back(ask());
  }
  all.world.run_for(1s);
  const auto got = all.call("payment-1", "order", chore, {}, {.deadline = 200ms});
  EXPECT_TRUE(got.good()) << got.why().to_string();
  all.world.run_for(10s);
  EXPECT_TRUE(std::all_of(polls.begin(), polls.end(), [](const auto& one) { return one->good(); }));
}

}  // namespace
}  // namespace kith::test
