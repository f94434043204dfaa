// SPDX-License-Identifier: MPL-2.0
// One bad instance among good ones, and what its callers notice of it.

#include <gtest/gtest.h>

#include <numeric>

#include "resilience_rig.hpp"
#include "runtime/task_scope.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

constexpr int rate = 200;
constexpr duration detection = 5s;

/// A named way to be bad.
struct badness {
  const char* name;
  temper how{};
  void (*strike)(cluster& all) = [](cluster&) {};  ///< half a second after the first call
};

void freeze(cluster& all) {
  all.world.pause(all.world.node("order-3"));
}
void deafen(cluster& all) {
  all.world.black_hole({"payment-1"}, {"order-3"});
}
void silence(cluster& all) {
  all.world.black_hole({"order-3"}, {"payment-1"});
}

class OneOfFive : public ::testing::TestWithParam<badness> {
 protected:
  static stream_of_calls run(std::uint64_t seed, const method<word, word>& which,
                             const badness& third) {
    shop_of_many shop{seed};
    shop.tempers["order-3"] = third.how;
    EXPECT_TRUE(shop.all.settle());
    stream_of_calls calls{shop.all, which};
    shop.all.world.after(500ms, [&] { third.strike(shop.all); });
    calls.run(rate, 30s);
    EXPECT_EQ(calls.all().size(), calls.calls()) << "each has one outcome";
    shop.all.world.resume(shop.all.world.node("order-3"));  // so that the books can be asked for
    shop.all.world.heal();
    shop.all.world.run_for(5s);
    return calls;
  }
};

TEST_P(OneOfFive, IsHardlyNoticedByCallsThatMayBeRepeated) {
  const auto healthy = run(1, looking_up, {"Healthy"});
  const auto hurt = run(1, looking_up, GetParam());
  EXPECT_EQ(healthy.failed(), 0U);
  EXPECT_LE(hurt.quantile(0.99, detection), 2 * healthy.quantile(0.99, detection));
  EXPECT_LE(static_cast<double>(hurt.failed()), 0.001 * static_cast<double>(hurt.calls()));
}

TEST_P(OneOfFive, CostsOtherCallsAFewErrors) {
  const auto healthy = run(2, placing, {"Healthy"});
  const auto hurt = run(2, placing, GetParam());
  EXPECT_EQ(healthy.failed(), 0U);
  EXPECT_LE(hurt.quantile(0.99, detection), 2 * healthy.quantile(0.99, detection));
  EXPECT_LE(static_cast<double>(hurt.failed()), 0.01 * static_cast<double>(hurt.calls()));
}

INSTANTIATE_TEST_SUITE_P(
    Resilience, OneOfFive,
    ::testing::Values(badness{"Slow", {.works = 100ms}}, badness{"Hung", {.hangs = true}},
                      badness{"Failing", {.fails = true}}, badness{"Flapping", {.flaps = 3s}},
                      badness{"Frozen", {}, freeze}, badness{"Deaf", {}, deafen},
                      badness{"Silent", {}, silence}),
    [](const auto& param) { return std::string{param.param.name}; });

/// How often the handlers of all began.
int handled(const shop_of_many& shop) {
  int sum = 0;
  for (const auto& [name, count] : shop.began) {
    sum += count;
  }
  return sum;
}

/// Failing; failing too seldom for the breakers; and late besides, so that all budgets are wanted.
class FailingService : public ::testing::TestWithParam<badness> {};

TEST_P(FailingService, GetsAFifthMoreCallsAtMostRepeatsAndHedgesTogether) {
  shop_of_many shop{3};
  for (int i = 1; i <= 5; ++i) {
    shop.tempers["order-" + std::to_string(i)] = GetParam().how;
  }
  ASSERT_TRUE(shop.all.settle());
  stream_of_calls calls{shop.all, looking_up};
  calls.run(1000, 20s);
  EXPECT_LE(handled(shop), 1.2 * static_cast<double>(calls.calls()) + 10)
      << "and what was saved before";
}

INSTANTIATE_TEST_SUITE_P(
    Retries, FailingService,
    ::testing::Values(badness{"Always", {.fails = true}}, badness{"Often", {.fails_some = 0.25}},
                      badness{"OftenAndLate", {.tail = 0.1, .fails_some = 0.25}}),
    [](const auto& param) { return std::string{param.param.name}; });

TEST(Retries, WhoOftenFailsFastAttractsNothing) {
  shop_of_many shop{12};
  shop.tempers["order-3"] = {.works = 1ms, .fails_some = 0.25};
  ASSERT_TRUE(shop.all.settle());
  stream_of_calls calls{shop.all, placing};
  calls.run(rate, 20s);
  EXPECT_LE(shop.began["order-3"], 20 * rate / 5) << "its share at most";
}

class Recovery : public ::testing::TestWithParam<badness> {
 protected:
  /// From now on, how many calls began there in each second.
  void watch(shop_of_many& shop) {
    seconds_.push_back(std::exchange(shop.began["order-3"], 0));
    shop.all.world.after(1s, [this, &shop] { watch(shop); });
  }
  std::vector<int> seconds_;
};

TEST_P(Recovery, AnInstanceThatIsRepairedGetsItsShareAgainWithoutAStampede) {
  shop_of_many shop{4};
  shop.tempers["order-3"] = GetParam().how;
  ASSERT_TRUE(shop.all.settle());
  shop.all.world.after(500ms, [&] { GetParam().strike(shop.all); });
  stream_of_calls before{shop.all, placing};
  before.run(rate, 20s);
  shop.tempers["order-3"] = {};
  shop.began.clear();
  watch(shop);
  shop.all.world.resume(shop.all.world.node("order-3"));
  shop.all.world.heal();
  stream_of_calls later{shop.all, placing};
  later.run(rate, 60s);
  EXPECT_EQ(later.failed(), 0U);
  EXPECT_LE(*std::max_element(seconds_.begin(), seconds_.end()), rate / 5 * 3 / 2)
      << "half more than its share at most";
  seconds_.clear();
  stream_of_calls last{shop.all, placing};
  last.run(rate, 20s);
  const auto asked = std::accumulate(seconds_.begin(), seconds_.end(), shop.began["order-3"]);
  EXPECT_GE(asked, 20 * rate / 5 / 2) << "half of its share at least";
}

INSTANTIATE_TEST_SUITE_P(Resilience, Recovery,
                         ::testing::Values(badness{"Slow", {.works = 100ms}},
                                           badness{"Hung", {.hangs = true}},
                                           badness{"Failing", {.fails = true}},
                                           badness{"Frozen", {}, freeze},
                                           badness{"Deaf", {}, deafen}),
                         [](const auto& param) { return std::string{param.param.name}; });

TEST(Retries, WaitForAsLongAsThePeerSaysOrAreNotMade) {
  std::vector<std::pair<std::string, time_point>> began;
  cluster all{18};
  for (const std::string name : {"order-1", "order-2"}) {
    all.add(name, [&began, name](node& n) {
      n.serve(looking_up, [&began, &n, name](const word& what) {
        began.emplace_back(name, n.now());
        if (began.size() == 1) {
          error later{errc::database_failed, "its server restarts"};
          later.retry_after = 300ms;
          throw failure{std::move(later)};
        }
        return what;
      });
    });
  }
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  ASSERT_TRUE(all.call("payment-1", "order", looking_up, word{}, {.deadline = 1s}).good());
  ASSERT_EQ(began.size(), 2U);
  EXPECT_NE(began[0].first, began[1].first);
  EXPECT_GE(began[1].second - began[0].second, 300ms);
  EXPECT_LE(began[1].second - began[0].second, 300ms * 1.2 + 10ms);
  began.clear();
  const auto got = all.call("payment-1", "order", looking_up, word{}, {.deadline = 200ms});
  ASSERT_FALSE(got.good());
  EXPECT_EQ(got.why().what(), errc::database_failed);
  EXPECT_EQ(got.why().retry_after, 300ms);
  EXPECT_LT(got.took(), 100ms) << "there is nothing to wait for";
  all.world.run_for(1s);
  EXPECT_EQ(began.size(), 1U);
  expect_balance(all);
}

TEST(Hedging, HidesALongTail) {
  config plain;
  plain.hedge = false;
  const auto run = [](double tail, const config& settings) {
    shop_of_many shop{5, 5, settings};
    for (int i = 1; i <= 5; ++i) {
      shop.tempers["order-" + std::to_string(i)] = {.works = 5ms, .tail = tail};
    }
    EXPECT_TRUE(shop.all.settle());
    stream_of_calls calls{shop.all, looking_up, 2s};
    calls.run(rate, 30s);
    return std::pair{calls, handled(shop)};
  };
  const auto [none, some] = run(0, plain);
  const auto [tail, more] = run(0.01, plain);
  const auto [hidden, most] = run(0.01, {});
  EXPECT_GT(tail.quantile(0.995, detection), 10 * none.quantile(0.995, detection));
  // The others do not notice (brpc's long-tail test).
  EXPECT_LE(tail.quantile(0.99, detection, 100 * 5ms), 1.2 * none.quantile(0.99, detection));
  EXPECT_LE(hidden.quantile(0.995, detection), 3 * none.quantile(0.995, detection));
  EXPECT_LE(most, 1.1 * static_cast<double>(hidden.calls()) + 20) << "one in ten at most";
  EXPECT_EQ(hidden.failed(), 0U);
}

TEST(Hedging, TheLoserIsCancelledAndNotAskedAgainSoon) {
  shop_of_many shop{6, 2};
  ASSERT_TRUE(shop.all.settle());
  stream_of_calls warm{shop.all, looking_up};
  warm.run(rate, 5s);
  shop.tempers["order-1"].hangs = true;
  shop.began.clear();
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(shop.all.call("payment-1", "order", looking_up, word{}, {.deadline = 10s}).good());
    shop.all.world.run_for(50ms);
  }
  EXPECT_GE(shop.began["order-1"], 1);
  EXPECT_LE(shop.began["order-1"], 5);
  for (const auto& row : shop.all.at("order-1").books()) {
    if (row.key == looking_up.name && row.direction == "inbound") {
      EXPECT_EQ(row.in_flight, 0U);
    }
  }
}

TEST(Hedging, StaysInItsBudgetWhenEveryInstanceGetsSlow) {
  shop_of_many shop{19};
  ASSERT_TRUE(shop.all.settle());
  stream_of_calls warm{shop.all, looking_up};
  warm.run(rate, 20s);
  for (int i = 1; i <= 5; ++i) {
    shop.tempers["order-" + std::to_string(i)].works = 100ms;
  }
  shop.began.clear();
  stream_of_calls calls{shop.all, looking_up};
  calls.run(rate, 2s);
  EXPECT_EQ(calls.failed(), 0U);
  EXPECT_LE(handled(shop), 1.1 * static_cast<double>(calls.calls()) + 20)
      << "and what was saved before";
  for (const auto& row : shop.all.at("payment-1").books()) {
    if (row.key == "(hedged)") {
      ASSERT_TRUE(row.dropped.contains("no_budget"));
      EXPECT_GT(row.dropped.at("no_budget"), calls.calls() / 4) << "most were late";
      EXPECT_EQ(row.sent, row.delivered + row.dropped.at("no_budget"));
    }
  }
}

TEST(Hedging, WhoAlwaysLosesIsHardlyAskedAnyMore) {
  for (const auto& how : {temper{.works = 100ms}, temper{.hangs = true}}) {
    shop_of_many shop{13};
    ASSERT_TRUE(shop.all.settle());
    stream_of_calls warm{shop.all, looking_up};
    warm.run(rate, 5s);
    shop.tempers["order-3"] = how;
    stream_of_calls first{shop.all, looking_up};
    first.run(rate, detection);
    shop.began.clear();
    stream_of_calls later{shop.all, looking_up};
    later.run(rate, 20s);
    EXPECT_LE(shop.began["order-3"], 20 * rate / 100) << "so that 99 of 100 do not notice";
    EXPECT_EQ(later.failed(), 0U);
  }
}

TEST(Balancing, ByKeyGoesToOneInstanceAndToAnotherWhenItIsGone) {
  shop_of_many shop{7};
  ASSERT_TRUE(shop.all.settle());
  const auto ask = [&] {
    shop.began.clear();
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(
          shop.all.call("payment-1", "order", placing, word{}, {.routing_key = "customer-7"})
              .good());
    }
    EXPECT_EQ(shop.began.size(), 1U);
    return shop.began.begin()->first;
  };
  const auto first = ask();
  shop.all.crash(first);
  shop.all.world.run_for(2s);
  EXPECT_NE(ask(), first);
  shop.all.restart(first);
  ASSERT_TRUE(shop.all.settle(10s));
  EXPECT_EQ(ask(), first) << "it has its keys again";
}

TEST(Balancing, RoundRobinTakesTurns) {
  shop_of_many shop{8, 4, in_turns()};
  ASSERT_TRUE(shop.all.settle());
  stream_of_calls calls{shop.all, placing};
  calls.run(rate, 2s);
  for (const auto& [name, count] : shop.began) {
    EXPECT_NEAR(count, 2 * rate / 4, 1) << name;
  }
}

TEST(Balancing, IsByWeight) {
  config heavy;
  heavy.weight = 200;
  shop_of_many shop{24, 0, in_turns()};
  shop.add("order-1", heavy);
  shop.add("order-2");
  ASSERT_TRUE(shop.all.settle());
  stream_of_calls calls{shop.all, placing};
  calls.run(rate, 3s);
  EXPECT_NEAR(shop.began["order-1"], 3 * rate * 2 / 3, 2);
  EXPECT_NEAR(shop.began["order-2"], 3 * rate / 3, 2);
}

TEST(Balancing, StaysInTheOwnZoneWhileThatIsEnough) {
  config here;
  here.zone = "rack-1";
  config there;
  there.zone = "rack-2";
  auto caller = in_turns();
  caller.zone = here.zone;
  shop_of_many shop{25, 0, caller};
  shop.add("order-1", here);
  shop.add("order-2", here);
  shop.add("order-3", there);
  shop.add("order-4", there);
  ASSERT_TRUE(shop.all.settle());
  const auto asked_elsewhere = [&] {
    shop.began.clear();
    stream_of_calls calls{shop.all, placing};
    calls.run(rate, 5s);
    EXPECT_EQ(static_cast<std::size_t>(handled(shop)), calls.calls());
    return shop.began["order-3"] + shop.began["order-4"];
  };
  EXPECT_EQ(asked_elsewhere(), 0);
  EXPECT_GT(shop.began["order-1"], 0);
  EXPECT_GT(shop.began["order-2"], 0);
  shop.tempers["order-1"].fails = true;
  asked_elsewhere();
  EXPECT_GT(asked_elsewhere(), 5 * rate / 3) << "one of two is not enough";
  shop.tempers["order-1"].fails = false;
  shop.all.world.run_for(1min);
  asked_elsewhere();
  EXPECT_EQ(asked_elsewhere(), 0) << "it is enough again";
}

TEST(Balancing, ANewInstanceAmongWarmOnesStartsSlowly) {
  shop_of_many shop{9, 4};
  ASSERT_TRUE(shop.all.settle());
  stream_of_calls warm{shop.all, placing};
  warm.run(rate, 31s);
  shop.add("order-5");
  ASSERT_TRUE(shop.all.settle());
  shop.began.clear();
  stream_of_calls first{shop.all, placing};
  first.run(rate, 5s);
  EXPECT_LT(shop.began["order-5"], 5 * rate / 5 * 0.6);
  EXPECT_GT(shop.began["order-5"], 0);
  stream_of_calls later{shop.all, placing};
  later.run(rate, 30s);
  shop.began.clear();
  stream_of_calls last{shop.all, placing};
  last.run(rate, 5s);
  EXPECT_NEAR(shop.began["order-5"], 5 * rate / 5, 5 * rate / 5 * 0.3);
}

TEST(Breakers, OfASoleInstanceFailFastAndHeal) {
  shop_of_many shop{10, 1};
  shop.tempers["order-1"].fails = true;
  ASSERT_TRUE(shop.all.settle());
  stream_of_calls calls{shop.all, placing};
  calls.run(50, 5s);
  const auto refused = std::count_if(calls.all().begin(), calls.all().end(), [](const auto& one) {
    return one.why.what() == errc::breaker_open && one.took < 1ms &&
           one.why.outcome == outcome::not_sent && one.why.retry_after > duration{};
  });
  EXPECT_GT(refused, 150);
  EXPECT_LT(shop.began["order-1"], 60);
  shop.tempers["order-1"].fails = false;
  shop.all.world.run_for(10s);
  stream_of_calls healed{shop.all, placing};
  healed.run(50, 5s);
  EXPECT_EQ(healed.failed(1s), 0U);
}

task<void> place(node& n) {
  auto orders = n.service("order");
  co_await orders.call(placing, {"", 1}, {.deadline = 5s});
}

TEST(Breakers, HaveThePlacesOfProbesBackThatWereGivenUp) {
  shop_of_many shop{20, 1};
  auto& all = shop.all;
  shop.tempers["order-1"].fails = true;
  ASSERT_TRUE(all.settle());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(all.call("payment-1", "order", placing, word{}).why().what(), errc::handler_failed);
  }
  EXPECT_EQ(all.call("payment-1", "order", placing, word{}).why().what(), errc::breaker_open);
  all.world.run_for(1300ms);
  shop.tempers["order-1"] = {.hangs = true};
  shop.began.clear();
  runtime::task_scope probes{[](std::exception_ptr) { ADD_FAILURE() << "a probe has an answer"; }};
  all.on("payment-1", [&](node& n) {
    for (int i = 0; i < 4; ++i) {
      probes.spawn(place(n));
    }
  });
  all.world.run_for(50ms);
  EXPECT_EQ(shop.began["order-1"], 4);
  EXPECT_EQ(all.call("payment-1", "order", placing, word{}).why().what(), errc::breaker_open)
      << "all places are taken";
  all.on("payment-1", [&](node&) { probes.close(); });
  EXPECT_TRUE(probes.empty());
  shop.tempers["order-1"] = {};
  EXPECT_TRUE(all.call("payment-1", "order", placing, word{}, {.deadline = 100ms}).good());
}

std::size_t barred(const stream_of_calls& calls) {
  return static_cast<std::size_t>(
      std::count_if(calls.all().begin(), calls.all().end(),
                    [](const auto& one) { return one.why.what() == errc::breaker_open; }));
}

TEST(Breakers, OfAnInstanceThatOnlyIsSlowOpenWhereItIsSaidWhatIsSlow) {
  config settings;
  settings.breaker_slow = 100ms;
  for (const auto& [given, opens] : {std::pair{settings, true}, std::pair{config{}, false}}) {
    shop_of_many shop{14, 1, given};
    shop.tempers["order-1"].works = 200ms;
    ASSERT_TRUE(shop.all.settle());
    stream_of_calls calls{shop.all, placing};
    calls.run(50, 5s);
    EXPECT_EQ(calls.failed(), barred(calls)) << "nothing else goes wrong";
    EXPECT_EQ(calls.failed() > 150, opens) << calls.failed();
    shop.tempers["order-1"].works = 10ms;
    shop.all.world.run_for(10s);
    stream_of_calls healed{shop.all, placing};
    healed.run(50, 5s);
    EXPECT_EQ(healed.failed(1s), 0U);
  }
}

TEST(Breakers, CanLookAtTheLatestCallsHoweverLongAgo) {
  config by_count;
  by_count.breaker_window_calls = 4;
  for (const auto& [given, opens] : {std::pair{by_count, true}, std::pair{config{}, false}}) {
    shop_of_many shop{16, 1, given};
    shop.tempers["order-1"].fails = true;
    ASSERT_TRUE(shop.all.settle());
    for (int i = 0; i < 4; ++i) {
      shop.all.call("payment-1", "order", placing, word{});
      shop.all.world.run_for(20s);
    }
    stream_of_calls calls{shop.all, placing};
    calls.run(10, 1s);
    EXPECT_EQ(barred(calls) > 0, opens) << barred(calls);
  }
}

constexpr method<word, word> news{"test.news", waits};

task<word> wait_for_news(node& n, word what) {
  co_await n.sleep(200ms);
  co_return what;
}

TEST(Breakers, DoNotCallALongPollSlow) {
  config settings;
  settings.breaker_slow = 100ms;
  cluster all{17};
  all.add("order-1", [](node& n) {
    n.serve(news, [&n](word what, call_context&) { return wait_for_news(n, std::move(what)); });
  });
  all.add("payment-1", {}, settings);
  ASSERT_TRUE(all.settle());
  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(all.call("payment-1", "order", news, word{}).good());
  }
  expect_balance(all);
}

TEST(Breakers, CallersMistakesDoNotOpenThem) {
  cluster all{11};
  all.add("order-1", [](node& n) {
    n.serve(placing, [](const word&) -> word { throw not_found{"no such order"}; });
  });
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(all.call("payment-1", "order", placing, word{}).why().what(), errc::not_found);
  }
  expect_balance(all);
}

}  // namespace
}  // namespace kith::test
