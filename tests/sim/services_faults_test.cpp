// SPDX-License-Identifier: MPL-2.0
// Order and payment through crashes, lost events and a bank that does not always answer.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "payment/effect_worker.hpp"
#include "services_shop.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

TEST(ServiceFaults, WithoutPaymentForTenSecondsAllIsSettledFiveSecondsLater) {
  shop s{1};
  int placed = 0;
  const auto load = [&](int count) {
    for (int i = 0; i < count; ++i) {
      s.begin_placing(
          shop::request("k" + std::to_string(placed), "c" + std::to_string(placed % 97), 1000));
      ++placed;
      s.all.world.run_for(5ms);
    }
  };
  load(100);
  s.all.crash("payment-1");
  s.all.crash("payment-2");
  load(2000);
  s.all.restart("payment-1");
  s.all.restart("payment-2");
  load(20);
  ASSERT_TRUE(s.settles(5s)) << s.all.log_tail();
  EXPECT_EQ(s.list().size(), static_cast<std::size_t>(placed));
  s.expect_right_books();
}

TEST(ServiceFaults, WhenOnePaymentDiesTheOtherTakesOver) {
  shop s{2};
  for (int i = 0; i < 300; ++i) {
    s.begin_placing(shop::request("k" + std::to_string(i), "c" + std::to_string(i % 31), 1000));
    s.all.world.run_for(2ms);
    if (i == 150) {
      s.all.crash("payment-1", true);
    }
  }
  ASSERT_TRUE(s.settles(5s)) << s.all.log_tail();
  s.expect_right_books();
}

TEST(ServiceFaults, WhatPaymentToldInVainIsToldAgain) {
  shop s{3};
  s.all.world.net().event_drop = 0.5;
  for (int i = 0; i < 100; ++i) {
    s.begin_placing(shop::request("k" + std::to_string(i), "c" + std::to_string(i), 1000));
    s.all.world.run_for(5ms);
  }
  ASSERT_TRUE(s.settles(30s)) << s.all.log_tail();
  s.expect_right_books();
}

TEST(ServiceFaults, ABankThatDoesNotAnswerIsAskedAgainAndChargesOnce) {
  shop s{4};
  s.bank.fail_one_in(2);
  for (int i = 0; i < 50; ++i) {
    s.place(shop::request("k" + std::to_string(i), "c" + std::to_string(i), 1000));
  }
  ASSERT_TRUE(s.settles(30s)) << s.all.log_tail();
  EXPECT_GT(s.bank.found(), 0U) << "it had charged, and the answer was lost";
  s.expect_right_books();
}

TEST(ServiceFaults, AStoppingPaymentLosesNothing) {
  shop s{5};
  for (int i = 0; i < 200; ++i) {
    s.begin_placing(shop::request("k" + std::to_string(i), "c" + std::to_string(i % 31), 1000));
    s.all.world.run_for(2ms);
    if (i == 100) {
      s.all.on("payment-1", [](node& n) { n.stop(); });
    }
  }
  ASSERT_TRUE(s.settles(3s)) << s.all.log_tail();
  EXPECT_TRUE(s.all.at("payment-1").stopped());
  s.expect_right_books();
}

task<void> wait_for_the_bank(node& n, const bool& open) {
  while (!open) {
    co_await n.sleep(100ms);
  }
}

TEST(ServiceFaults, WhatOnePaymentHasNoRoomForWaitsInItsDatabaseAndIsCounted) {
  shop s{8, 1};
  bool open = false;
  auto& payment = s.all.at("payment-1");
  s.bank.before_charging = [&] { return wait_for_the_bank(payment, open); };
  const auto effects = [&] {
    const auto now = payment.status();
    const auto queue = std::find_if(now.queues.begin(), now.queues.end(),
                                    [](const auto& one) { return one.name == "effects"; });
    const auto row = std::find_if(now.accounts.begin(), now.accounts.end(), [](const auto& one) {
      return one.scope == "queue" && one.key == "effects";
    });
    EXPECT_TRUE(queue != now.queues.end() && row != now.accounts.end());
    return std::pair{*queue, *row};
  };
  for (int i = 0; i < 1200; ++i) {
    s.begin_placing(shop::request("k" + std::to_string(i), "c" + std::to_string(i % 97), 1000));
    s.all.world.run_for(2ms);
  }
  s.all.world.run_for(1s);
  const auto [queue, full] = effects();
  EXPECT_EQ(queue.limit, payment::effect_worker::max_queued);
  EXPECT_EQ(queue.depth, queue.limit);
  EXPECT_EQ(full.in_flight, queue.depth);
  ASSERT_TRUE(full.dropped.contains("queue_full"));
  EXPECT_GT(full.dropped.at("queue_full"), 0U);
  open = true;
  ASSERT_TRUE(s.settles(10s)) << s.all.log_tail();
  s.expect_right_books();
  const auto [now, done] = effects();
  EXPECT_EQ(now.depth, 0U);
  EXPECT_GE(done.delivered, 1200U);
  EXPECT_EQ(done.sent, done.delivered + done.dropped.at("queue_full"));
}

/// A customer's life: orders, cancellations, returns, while instances crash and come back.
void run_disasters(shop& s) {
  auto& chance = s.all.world.random();
  s.all.world.net().packet_loss = 0.01 * static_cast<double>(chance.below(6));
  s.all.world.net().event_drop = 0.05;
  s.bank.fail_one_in(2 + chance.below(10));
  const std::vector<std::string> victims{"order-1", "order-2", "payment-1", "payment-2"};
  std::vector<std::shared_ptr<outcome_of<order::order_view>>> placed;
  for (int i = 0; i < 150; ++i) {
    const auto customer = "c" + std::to_string(chance.below(7));
    const auto price = static_cast<std::int64_t>(1 + chance.below(10'000));
    placed.push_back(s.begin_placing(shop::request("k" + std::to_string(i), customer, price)));
    if (chance.below(10) == 0) {
      s.all.begin("client-1", "order", order::give_back,
                  {"r" + std::to_string(i), customer, {shop::one(1, 3 * price)}});
    }
    const auto& some = placed[chance.below(placed.size())];
    if (chance.below(10) == 0 && some->good()) {
      s.all.begin("client-1", "order", order::cancel, {(**some->value).id});
    }
    const auto& victim = victims[chance.below(victims.size())];
    if (chance.below(15) == 0) {
      if (s.all.up(victim)) {
        s.all.crash(victim, chance.below(2) == 0);
      } else {
        s.all.restart(victim);
      }
    }
    s.all.world.run_for(std::chrono::milliseconds{chance.below(40)});
  }
  for (const auto& victim : victims) {
    if (!s.all.up(victim)) {
      s.all.restart(victim);
    }
  }
  s.all.world.run_for(3s);
  ASSERT_TRUE(s.settles(60s)) << s.all.log_tail();
  s.expect_right_books();
}

TEST(ServiceFaults, TheBooksAreRightAfterAnySeriesOfCrashes) {
  for (const auto seed : seeds(10)) {
    const replay how{seed};
    shop s{seed};
    run_disasters(s);
    if (HasFatalFailure()) {
      return;
    }
  }
}

TEST(ServiceFaults, TheBooksAreRightWhoeverDiesBetweenACommitAndItsNews) {
  for (const auto seed : seeds(10)) {
    const replay how{seed};
    shop s{seed, 2, database_pace::slow};
    run_disasters(s);
    if (HasFatalFailure()) {
      return;
    }
  }
}

std::string trace_of(std::uint64_t seed) {
  shop s{seed};
  s.all.world.keep_trace(true);
  run_disasters(s);
  return s.all.world.trace() + std::to_string(s.all.world.trace_hash());
}

TEST(ServiceFaults, OneSeedGivesOneTraceByteForByte) {
  const auto first = trace_of(1);
  const auto other = trace_of(2);  // whatever it leaves behind in this process
  const auto second = trace_of(1);
  const auto [here, there] =
      std::mismatch(first.begin(), first.end(), second.begin(), second.end());
  EXPECT_TRUE(first == second) << "from here on:\n"
                               << std::string{here, first.end()}.substr(0, 300) << "\nand\n"
                               << std::string{there, second.end()}.substr(0, 300);
  EXPECT_GT(first.size(), 100'000U);
  EXPECT_FALSE(first == other);
  std::printf("seed 1 has the trace %s\n", first.substr(first.rfind('\n') + 1).c_str());
}

}  // namespace
}  // namespace kith::test
