// SPDX-License-Identifier: MPL-2.0
// An event arrives at most once and in order for each publisher and topic; a loss is told with its
// size; `subscribed` means what it says.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

inline constexpr topic<word> also_said{"test.other"};

/// A publisher of two topics.
struct speaker {
  std::optional<publisher<word>> line;
  std::optional<publisher<word>> second;
  std::uint64_t head = 0;

  cluster::setup on() {
    return [this](node& n) {
      line = n.publishes(said);
      second = n.publishes(also_said);
    };
  }
  void say(std::uint64_t count = 1) {
    for (; count > 0; --count) {
      ++head;
      EXPECT_EQ(line->publish({"event", static_cast<std::int64_t>(head)}).value(), head);
    }
  }
};

/// Sequences rise, and what was heard and what was missed are all there was since `base`.
void expect_balance(const ear& heard, std::uint64_t base, std::uint64_t head) {
  EXPECT_EQ(
      std::adjacent_find(heard.sequences.begin(), heard.sequences.end(), std::greater_equal<>{}),
      heard.sequences.end());
  EXPECT_EQ(heard.sequences.size() + heard.missed(), head - base);
  const auto counts = heard.line->counts();
  EXPECT_EQ(counts.delivered, heard.sequences.size());
  EXPECT_EQ(counts.missed, heard.missed());
}

bool confirmed(cluster& all, const ear& heard, std::size_t publishers = 1) {
  return all.world.run_until([&] { return heard.line->counts().publishers == publishers; }, 5s);
}

TEST(Events, ArriveInOrderFromEachPublisher) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    speaker one;
    speaker two;
    ear heard;
    cluster all{seed};
    all.add("order-1", one.on());
    all.add("order-2", two.on());
    all.add("payment-1", [&](node& n) { listen(n, said, heard); });
    ASSERT_TRUE(confirmed(all, heard, 2)) << all.log_tail();
    for (int i = 0; i < 50; ++i) {
      all.on("order-1", [&](node&) { one.say(all.world.random().below(5)); });
      all.on("order-2", [&](node&) { two.say(all.world.random().below(5)); });
      all.world.run_for(1ms);
    }
    all.world.run_for(1s);
    EXPECT_TRUE(heard.gaps.empty());
    EXPECT_EQ(heard.heard.size(), one.head + two.head);
    EXPECT_EQ(std::is_sorted(heard.sequences.begin(), heard.sequences.end()), false);
    expect_balance(all);
  }
}

TEST(Events, APublisherKnowsWhetherSomebodySubscribes) {
  speaker one;
  ear heard;
  ear other;
  cluster all{1};
  all.add("order-1", one.on());
  all.add("payment-1", [&](node& n) { listen(n, also_said, other); });
  ASSERT_TRUE(confirmed(all, other)) << all.log_tail();
  EXPECT_FALSE(one.line->has_subscribers());
  EXPECT_TRUE(one.second->has_subscribers());
  all.on("payment-1", [&](node& n) { heard.line = n.subscribe_raw("test.s", [](auto&, auto) {}); });
  ASSERT_TRUE(confirmed(all, heard));
  EXPECT_TRUE(one.line->has_subscribers()) << "it begins with what is subscribed";
  heard.line->cancel();
  all.world.run_for(1s);
  EXPECT_FALSE(one.line->has_subscribers());
  all.crash("payment-1");
  all.world.run_for(10s);
  EXPECT_FALSE(one.second->has_subscribers());
  expect_balance(all);
}

TEST(Events, ThatAreDroppedAreReportedExactly) {
  for (const auto seed : seeds(100)) {
    const replay how{seed};
    speaker one;
    ear heard;
    cluster all{seed};
    all.add("order-1", one.on());
    all.on("order-1", [&](node&) { one.say(3); });
    all.add("payment-1", [&](node& n) { listen(n, said, heard); });
    ASSERT_TRUE(confirmed(all, heard)) << all.log_tail();
    const auto base = one.head;
    all.world.net().event_drop = 0.2;
    for (int i = 0; i < 100; ++i) {
      all.on("order-1", [&](node&) { one.say(all.world.random().below(3)); });
      all.world.run_for(1ms);
    }
    all.world.net().event_drop = 0;
    all.world.run_for(2s);  // the head of the idle topic tells of a lost tail
    expect_balance(heard, base, one.head);
    EXPECT_GT(heard.missed(), 0U);
    expect_balance(all);
  }
}

TEST(Events, WhoseLastOneIsLostAreMissedLittleMoreThanASecondLater) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    speaker one;
    ear heard;
    cluster all{seed};
    all.add("order-1", one.on());
    all.add("payment-1", [&](node& n) { listen(n, said, heard); });
    ASSERT_TRUE(confirmed(all, heard));
    all.world.run_for(
        duration{static_cast<duration::rep>(all.world.random().below(1'000'000'000))});
    all.world.net().event_drop = 1;
    all.on("order-1", [&](node&) { one.say(); });
    all.world.run_for(1ms);
    all.world.net().event_drop = 0;
    ASSERT_TRUE(all.world.run_until([&] { return !heard.gaps.empty(); }, 1150ms));
    EXPECT_EQ(heard.gaps[0].first, 1U);
    EXPECT_EQ(heard.gaps[0].count, 1U);
    EXPECT_EQ(heard.gaps[0].topic, "test.said");
    EXPECT_EQ(heard.gaps[0].publisher, all.at("order-1").description().id);
    expect_balance(all);
  }
}

TEST(Events, WhateverASubscribersFunctionsThrowIsLoggedAndTheNodeGoesOn) {
  speaker one;
  std::optional<subscription> line;
  int heard = 0;
  cluster all{1};
  all.add("order-1", one.on());
  all.add("payment-1", [&](node& n) {
    line = n.subscribe(said,
                       [&](const word&) {
                         if (++heard == 1) {
                           throw std::runtime_error{"planted"};
                         }
                         throw 42;
                       },
                       {.on_gap = [](const event_gap&) { throw 42; }});
  });
  ASSERT_TRUE(all.world.run_until([&] { return line->counts().publishers == 1; }, 5s));
  all.on("order-1", [&](node&) { one.say(2); });
  all.world.run_for(100ms);
  all.world.net().event_drop = 1;
  all.on("order-1", [&](node&) { one.say(3); });
  all.world.run_for(1ms);
  all.world.net().event_drop = 0;
  all.on("order-1", [&](node&) { one.say(); });
  all.world.run_for(2s);
  EXPECT_EQ(heard, 3);
  EXPECT_EQ(line->counts().missed, 3U);
  EXPECT_EQ(all.log.count(log_level::error), 4U) << all.log_tail();
  expect_balance(all);
}

TEST(Subscribed, MeansThatTheNextEventArrives) {
  for (const auto seed : seeds(50)) {
    const replay how{seed};
    speaker one;
    ear heard;
    bool ready = false;
    cluster all{seed};
    all.world.net().latency_max = 20ms;
    struct waiter {
      static task<void> run(subscription line, bool& done) {
        co_await line.subscribed();
        done = true;
      }
    };
    all.add("order-1", one.on());
    all.add("payment-1", [&](node& n) {
      listen(n, said, heard);
      n.spawn(waiter::run(*heard.line, ready));
    });
    while (!ready && all.world.now() < time_point{1h} + 5s) {
      all.world.run_until([&] { return ready; }, 500us);
      if (!ready) {
        all.on("order-1", [&](node&) { one.say(); });  // a busy topic
      }
    }
    ASSERT_TRUE(ready) << all.log_tail();
    const auto before = one.head;
    all.on("order-1", [&](node&) { one.say(); });
    all.world.run_for(100ms);
    ASSERT_FALSE(heard.sequences.empty());
    EXPECT_EQ(heard.sequences.back(), before + 1);
    EXPECT_TRUE(heard.gaps.empty());
    expect_balance(all);
  }
}

TEST(Subscribed, OfASecondSubscriptionDoesNotTrustTheAnswerToTheFirst) {
  for (const auto seed : seeds(50)) {
    const replay how{seed};
    speaker one;
    ear first;
    ear second;
    cluster all{seed};
    all.world.net().latency_min = 5ms;
    all.world.net().latency_max = 20ms;
    all.add("order-1", one.on());
    all.add("payment-1", [&](node& n) { listen(n, also_said, first); });
    ASSERT_TRUE(all.settle());
    all.world.run_for(duration{static_cast<duration::rep>(all.world.random().below(60'000'000))});
    all.on("payment-1", [&](node& n) { listen(n, said, second); });
    ASSERT_TRUE(confirmed(all, second)) << all.log_tail();
    all.on("order-1", [&](node&) { one.say(); });
    all.world.run_for(100ms);
    EXPECT_EQ(second.sequences, std::vector<std::uint64_t>{1});
    expect_balance(all);
  }
}

TEST(Subscribed, EndsAtItsLimitWhenNobodyPublishes) {
  ear heard;
  cluster all{1};
  std::vector<error> why;
  struct waiter {
    static task<void> run(subscription line, std::vector<error>& into) {
      try {
        co_await line.subscribed(1, 300ms);
      } catch (const failure& failed) {
        into.push_back(failed.reason());
      }
    }
  };
  all.add("payment-1", [&](node& n) {
    listen(n, said, heard);
    n.spawn(waiter::run(*heard.line, why));
  });
  all.world.run_for(299ms);
  EXPECT_TRUE(why.empty());
  all.world.run_for(2ms);
  ASSERT_EQ(why.size(), 1U);
  EXPECT_EQ(why[0].what(), errc::deadline_exceeded);
  expect_balance(all);
}

TEST(Subscribed, EndsAtOnceWhenItsTaskIsCancelled) {
  ear heard;
  cluster all{1};
  int ended = 0;
  struct waiter {
    static task<void> run(subscription line, int& into) {
      try {
        co_await line.subscribed(1, 1h);
      } catch (const failure& failed) {
        into += failed.what_code() == errc::cancelled ? 1 : 100;
      }
    }
  };
  all.add("payment-1", [&](node& n) {
    listen(n, said, heard);
    n.spawn_background(waiter::run(*heard.line, ended));
  });
  all.world.run_for(100ms);
  all.on("payment-1", [](node& n) { n.stop(); });
  EXPECT_EQ(ended, 1);
  all.world.run_for(100ms);
  EXPECT_TRUE(all.at("payment-1").stopped());
  expect_balance(all);
}

TEST(Subscribed, OfANodeThatNeverStartedEndsWithIt) {
  cluster all{1};
  auto& host = all.world.add_node("idle");
  config settings;
  settings.service = "idle";
  auto& idle = host.make<node>(settings, sim::make_environment(host, all.log));
  ear heard;
  listen(idle, said, heard);
  struct waiter {
    static task<void> run(subscription line) {
      try {
        co_await line.subscribed(1, 1h);
      } catch (const failure&) {
      }
    }
  };
  host.enter([&] { idle.spawn(waiter::run(*heard.line)); });
  host.drop_parts();  // the address sanitizer judges
  expect_balance(all);
}

TEST(Subscribed, DoesNotCountAPublisherThatIsOutOfReach) {
  speaker one;
  ear heard;
  cluster all{1};
  all.world.net().stall_timeout = duration{};  // the transport will never say that the link died
  all.add("order-1", one.on());
  all.add("payment-1", [&](node& n) { listen(n, said, heard); });
  ASSERT_TRUE(confirmed(all, heard));
  all.crash("order-1", true);
  ASSERT_TRUE(all.world.run_until([&] { return heard.line->counts().publishers == 0; }, 6s))
      << all.log_tail();
  one.head = 0;
  all.restart("order-1");
  ASSERT_TRUE(confirmed(all, heard));
  all.on("order-1", [&](node&) { one.say(); });
  all.world.run_for(10ms);
  EXPECT_EQ(heard.sequences, std::vector<std::uint64_t>{1});
  expect_balance(all);
}

task<void> say_later(node& n, speaker& one, duration when) {
  co_await n.sleep(when);
  one.say(3);
}

TEST(Events, ToldInTheTurnThatAnnouncesTheHeadsComeBeforeThem) {
  // A loop that was late has both to do in one turn.
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    speaker one;
    ear heard;
    cluster all{seed};
    all.add("order-1", one.on());
    all.add("payment-1", [&](node& n) { listen(n, said, heard); });
    ASSERT_TRUE(confirmed(all, heard)) << all.log_tail();
    all.on("order-1", [&](node& n) {
      one.say();
      n.spawn(say_later(n, one, 2s + std::chrono::milliseconds{seed * 50 % 1000}));
    });
    all.world.run_for(2s);
    all.world.pause(all.world.node("order-1"));
    all.world.run_for(1200ms);
    all.world.resume(all.world.node("order-1"));
    all.world.run_for(3s);
    EXPECT_EQ(heard.sequences, (std::vector<std::uint64_t>{1, 2, 3, 4}));
    EXPECT_EQ(heard.missed(), 0U);
    expect_balance(all);
  }
}

TEST(Events, OfATopicFirstUsedLaterAllCount) {
  speaker one;
  ear heard;
  cluster all{3};
  all.add("order-1", one.on());
  all.add("payment-1", [&](node& n) { listen(n, said, heard); });
  ASSERT_TRUE(confirmed(all, heard));
  all.world.run_for(10s);
  all.world.net().event_drop = 1;
  all.on("order-1", [&](node&) { one.say(); });
  all.world.run_for(1ms);
  all.world.net().event_drop = 0;
  all.on("order-1", [&](node&) { one.say(); });
  all.world.run_for(1ms);
  EXPECT_EQ(heard.sequences, std::vector<std::uint64_t>{2});
  expect_balance(heard, 0, one.head);
  expect_balance(all);
}

TEST(Events, LostWhileTheLinksWereBrokenAreCounted) {
  for (const auto seed : seeds(30)) {
    for (const bool at_once : {false, true}) {
      const replay how{seed};
      speaker one;
      ear heard;
      cluster all{seed};
      all.add("order-1", one.on());
      all.add("payment-1", [&](node& n) { listen(n, said, heard); });
      ASSERT_TRUE(confirmed(all, heard));
      all.on("order-1", [&](node&) { one.say(5); });
      all.world.run_for(10ms);
      all.world.partition({"order-1"}, {"payment-1"});
      for (int i = 0; i < 40; ++i) {
        all.on("order-1", [&](node&) { one.say(); });
        all.world.run_for(at_once ? 1ms : 250ms);
      }
      all.world.heal(true);
      ASSERT_TRUE(all.settle(10s)) << all.log_tail();
      ASSERT_TRUE(confirmed(all, heard)) << all.log_tail();
      all.world.run_for(2s);
      expect_balance(heard, 0, one.head);
      EXPECT_GT(heard.missed(), 0U);
      all.on("order-1", [&](node&) { one.say(); });
      all.world.run_for(10ms);
      EXPECT_EQ(heard.sequences.back(), one.head);
      expect_balance(all);
    }
  }
}

TEST(Events, LostInAPartitionOfMinutesAreCountedToo) {
  speaker one;
  ear heard;
  cluster all{1};
  all.world.keep_trace(false);
  all.add("order-1", one.on());
  all.add("payment-1", [&](node& n) { listen(n, said, heard); });
  ASSERT_TRUE(confirmed(all, heard));
  all.on("order-1", [&](node&) { one.say(5); });
  all.world.run_for(10ms);
  all.world.partition({"order-1"}, {"payment-1"});
  all.on("order-1", [&](node&) { one.say(7); });
  all.world.run_for(10min);  // long forgotten by the member table
  all.world.heal();
  ASSERT_TRUE(all.settle(10s)) << all.log_tail();
  ASSERT_TRUE(confirmed(all, heard));
  all.world.run_for(2s);
  expect_balance(heard, 0, one.head);
  EXPECT_EQ(heard.missed(), 7U);
  expect_balance(all);
}

TEST(Events, OfARestartedPublisherBeginAnew) {
  speaker one;
  ear heard;
  cluster all{1};
  all.add("order-1", one.on());
  all.add("payment-1", [&](node& n) { listen(n, said, heard); });
  ASSERT_TRUE(confirmed(all, heard));
  all.on("order-1", [&](node&) { one.say(5); });
  all.world.run_for(10ms);
  all.crash("order-1");
  one.head = 0;
  all.restart("order-1");
  ASSERT_TRUE(all.settle());
  ASSERT_TRUE(confirmed(all, heard));
  all.on("order-1", [&](node&) { one.say(3); });
  all.world.run_for(10ms);
  EXPECT_EQ(heard.sequences, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 1, 2, 3}));
  EXPECT_TRUE(heard.gaps.empty());
  expect_balance(all);
}

TEST(Unsubscribe, EndsTheEventsAndASecondSubscriptionMissesNothingOfBetween) {
  speaker one;
  ear first;
  ear again;
  cluster all{1};
  all.add("order-1", one.on());
  all.add("payment-1", [&](node& n) { listen(n, said, first); });
  ASSERT_TRUE(confirmed(all, first));
  all.on("order-1", [&](node&) { one.say(2); });
  all.world.run_for(10ms);
  all.on("payment-1", [&](node&) { first.line->cancel(); });
  all.world.run_for(10ms);
  all.on("order-1", [&](node&) { one.say(4); });
  all.world.run_for(10ms);
  EXPECT_EQ(first.sequences, (std::vector<std::uint64_t>{1, 2}));
  all.on("payment-1", [&](node& n) { listen(n, said, again); });
  ASSERT_TRUE(confirmed(all, again));
  all.on("order-1", [&](node&) { one.say(); });
  all.world.run_for(2s);
  EXPECT_EQ(again.sequences, std::vector<std::uint64_t>{7});
  EXPECT_TRUE(again.gaps.empty());
  expect_balance(all);
}

TEST(Unsubscribe, FromInsideTheHandlerIsSound) {
  speaker one;
  cluster all{1};
  int heard = 0;
  std::optional<subscription> line;
  all.add("order-1", one.on());
  all.add("payment-1", [&](node& n) {
    // What it holds by value must live until it has ended.
    const std::string own(100, 'x');
    line = n.subscribe(said, [&heard, &line, own, step = std::make_unique<int>(1)](const word&) {
      line->cancel();
      heard += own == std::string(100, 'x') ? *step : 100;
    });
  });
  ASSERT_TRUE(all.world.run_until([&] { return line->counts().publishers == 1; }, 5s));
  all.on("order-1", [&](node&) { one.say(5); });
  all.world.run_for(1s);
  EXPECT_EQ(heard, 1);
  expect_balance(all);
}

TEST(PrefixSubscription, HearsEveryTopicThatBeginsSo) {
  speaker one;
  cluster all{1};
  std::vector<std::string> topics;
  std::optional<subscription> line;
  all.add("order-1", one.on());
  all.add("payment-1", [&](node& n) {
    line = n.subscribe_raw("test.", [&](const event_info& about, std::string_view body) {
      topics.emplace_back(about.topic);
      EXPECT_TRUE(decode<word>(body));
    });
  });
  ASSERT_TRUE(all.world.run_until([&] { return line->counts().publishers == 1; }, 5s));
  all.on("order-1", [&](node&) {
    one.say();
    EXPECT_TRUE(one.second->publish({"more", 1}));
  });
  all.world.run_for(100ms);
  std::sort(topics.begin(), topics.end());
  EXPECT_EQ(topics, (std::vector<std::string>{"test.other", "test.said"}));
  expect_balance(all);
}

struct counted_word {
  std::int64_t size = 0;
};
KITH_DESCRIBE(counted_word, size)

TEST(Events, ThatDoNotFitTheContractAreCountedAndTheRestGoesOn) {
  speaker one;
  ear heard;
  cluster all{1};
  std::optional<subscription> misfit;
  all.add("order-1", one.on());
  all.add("payment-1", [&](node& n) {
    listen(n, said, heard);
    misfit = n.subscribe(topic<counted_word>{"test.said"}, [](const counted_word&) { FAIL(); });
  });
  ASSERT_TRUE(confirmed(all, heard));
  all.on("order-1", [&](node&) { one.say(3); });
  all.world.run_for(10ms);
  EXPECT_EQ(misfit->counts().unreadable, 3U);
  EXPECT_EQ(heard.heard.size(), 3U);
  expect_balance(all);
}

TEST(Events, ASlowConsumerMissesSomeAndIsToldHowMany) {
  transport::socket_limits limits;
  limits.high_water_mark = 50;
  speaker one;
  ear slow;
  ear quick;
  cluster all{1, limits};
  all.add("order-1", one.on());
  all.add("slow-1", [&](node& n) { listen(n, said, slow); });
  all.add("quick-1", [&](node& n) { listen(n, said, quick); });
  ASSERT_TRUE(confirmed(all, slow));
  ASSERT_TRUE(confirmed(all, quick));
  all.world.slow("order-1", "slow-1", 20'000);
  for (int i = 0; i < 2000; ++i) {
    all.on("order-1", [&](node&) { one.say(); });
    all.world.run_for(1ms);
  }
  all.world.slow("order-1", "slow-1", 0);
  all.world.run_for(5s);
  expect_balance(quick, 0, one.head);
  EXPECT_EQ(quick.missed(), 0U);
  expect_balance(slow, 0, one.head);
  EXPECT_GT(slow.missed(), 500U);
  expect_balance(all);
}

TEST(Events, OfLargeBodiesArriveBetweenSmallOnes) {
  speaker one;
  ear heard;
  cluster all{1};
  all.add("order-1", one.on());
  all.add("payment-1", [&](node& n) { listen(n, said, heard); });
  ASSERT_TRUE(confirmed(all, heard));
  all.on("order-1", [&](node&) {
    constexpr std::array<std::size_t, 5> sizes{100'000, 40'000, 100'000, 4 * 1024 * 1024 - 100,
                                               60'000};
    for (const std::size_t size : sizes) {
      one.say(3);
      ASSERT_TRUE(one.line->publish({std::string(size, 'x'), 0}));
      ++one.head;
    }
    EXPECT_EQ(one.line->publish({std::string(5'000'000, 'x'), 0}).error().what(), errc::too_large);
  });
  all.world.run_for(1s);
  expect_balance(heard, 0, 20);
  EXPECT_EQ(heard.missed(), 0U);
  EXPECT_EQ(heard.heard[3].text.size(), 100'000U);
  EXPECT_EQ(heard.heard[15].text.size(), 4U * 1024 * 1024 - 100);
  expect_balance(all);
}

}  // namespace
}  // namespace kith::test
