// SPDX-License-Identifier: MPL-2.0
// Order and payment on simulated disks: processes die in any step of a transaction, machines lose
// their power and with it what was not synced, commits fail though they are done. No order is lost
// that was acknowledged, none is charged twice.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "services_shop.hpp"
#include "support/seeds.hpp"
#include "support/sim_disk.hpp"

namespace kith::test {
namespace {

constexpr auto orders_of_a_run = 120;

/// What happened, so that a test can tell that it was something. scripts/chaos --sim adds them up.
struct misfortunes {
  std::uint64_t orders = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t killed = 0;
  std::uint64_t power_losses = 0;
  sim_disk::counts disk;

  misfortunes& operator+=(const misfortunes& more) {
    orders += more.orders;
    acknowledged += more.acknowledged;
    killed += more.killed;
    power_losses += more.power_losses;
    disk.deaths += more.disk.deaths;
    disk.lost_writes += more.disk.lost_writes;
    disk.failed_commits += more.disk.failed_commits;
    return *this;
  }
  void print() const {
    const std::pair<std::uint64_t, const char*> lines[] = {
        {orders, "orders placed with order and payment"},
        {acknowledged, "orders of them acknowledged"},
        {killed, "instances of order and payment killed"},
        {disk.deaths, "of these in a step of a transaction"},
        {power_losses, "machines of them without power"},
        {disk.lost_writes, "unsynced writes of theirs lost"},
        {disk.failed_commits, "commits of theirs that failed in the disk"}};
    for (const auto& [count, what] : lines) {
      std::printf("  %llu %s\n", static_cast<unsigned long long>(count), what);
    }
  }
};

class stricken_shop {
 public:
  explicit stricken_shop(std::uint64_t seed)
      : disk_{seed}, shop_{seed, 2, database_pace::slow, true} {
    shop_.at_birth = [this](const std::string& instance) {
      if (stormy_ && chance(10) == 0) {
        plan_death(instance, 1 + chance(200));  // while it opens its database, or soon after
      }
    };
  }

  void run() {
    auto& net = shop_.all.world.net();
    net.packet_loss = 0.01 * static_cast<double>(chance(4));
    net.event_drop = 0.05;
    shop_.bank.fail_one_in(2 + chance(10));
    for (std::uint64_t i = 0; i < orders_of_a_run; ++i) {
      place(i);
      if (chance(5) == 0) {
        misfortune();
      }
      shop_.all.world.run_for(std::chrono::milliseconds{chance(40)});
    }
    stormy_ = false;
    for (const auto& one : instances_) {
      disk_.kill_at(shop_.process_of(one), 0, {});
    }
    shop_.all.world.run_for(5s);  // until who was to come back is back
    ASSERT_TRUE(shop_.settles(60s)) << shop_.all.log_tail();
    shop_.expect_right_books();
    expect_kept();
  }

  [[nodiscard]] misfortunes counted() const {
    auto all = counts_;
    all.disk = disk_.counted();
    return all;
  }
  [[nodiscard]] std::uint64_t trace_hash() const { return shop_.all.world.trace_hash(); }

 private:
  std::uint64_t chance(std::uint64_t bound) { return shop_.all.world.random().below(bound); }
  const std::string& any_instance() { return instances_[chance(instances_.size())]; }

  // A customer's life.
  void place(std::uint64_t number) {
    const auto customer = "c" + std::to_string(chance(7));
    const auto price = static_cast<std::int64_t>(1 + chance(10'000));
    placed_.push_back(
        shop_.begin_placing(test::shop::request("k" + std::to_string(number), customer, price)));
    ++counts_.orders;
    if (chance(10) == 0) {
      shop_.all.begin("client-1", "order", order::give_back,
                      {"r" + std::to_string(number), customer, {test::shop::one(1, 3 * price)}});
    }
    const auto& some = placed_[chance(placed_.size())];
    if (chance(10) == 0 && some->good()) {
      shop_.all.begin("client-1", "order", order::cancel, {(**some->value).id});
    }
  }

  void misfortune() {
    const auto& victim = any_instance();
    switch (chance(8)) {
      case 0: crash(victim); break;
      case 1: lose_power(chance(2) == 0 ? "order" : "payment"); break;
      case 2: disk_.fail_commit(shop_.process_of(victim), commit_trouble::sync_fails); break;
      case 3: disk_.fail_commit(shop_.process_of(victim), commit_trouble::answer_lost); break;
      default: plan_death(victim, 1 + chance(150)); break;
    }
  }

  void crash(const std::string& victim) {
    if (!shop_.all.up(victim)) {
      return;
    }
    ++counts_.killed;
    disk_.kill(shop_.process_of(victim));
    shop_.all.crash(victim, chance(2) == 0);
    come_back_later(victim);
  }
  void lose_power(const std::string& machine) {
    ++counts_.power_losses;
    for (const auto& one : instances_) {
      if (one.starts_with(machine) && shop_.all.up(one)) {
        shop_.all.crash(one, true);
        come_back_later(one);
      }
    }
    disk_.lose_power(machine);
  }
  void plan_death(const std::string& victim, std::uint64_t step) {
    const auto process = shop_.process_of(victim);
    disk_.kill_at(process, step, [this, victim, process] {
      shop_.all.world.after({}, [this, victim, process] {
        if (shop_.process_of(victim) != process) {
          return;
        }
        if (chance(3) == 0) {
          lose_power(victim.substr(0, victim.find('-')));  // what it wrote last was not synced
        } else {
          crash(victim);
        }
      });
    });
  }
  void come_back_later(const std::string& victim) {
    shop_.all.world.after(std::chrono::milliseconds{1 + chance(1500)}, [this, victim] {
      if (shop_.all.up(victim)) {
        return;
      }
      try {
        shop_.all.restart(victim);
      } catch (const failure&) {  // it died while it opened its database
        crash(victim);
      }
    });
  }

  /// What a client was told is in the database, as it was told.
  void expect_kept() {
    std::map<std::string, order::order_view> kept;
    for (auto& one : shop_.list()) {
      kept.emplace(one.id, std::move(one));
    }
    for (const auto& one : placed_) {
      if (one->good()) {
        ++counts_.acknowledged;
        const auto found = kept.find((**one->value).id);
        ASSERT_NE(found, kept.end()) << (**one->value).key << " was acknowledged, and is lost";
        EXPECT_EQ(found->second.key, (**one->value).key);
        EXPECT_EQ(found->second.total, (**one->value).total);
      }
    }
  }

  const std::vector<std::string> instances_{"order-1", "order-2", "payment-1", "payment-2"};
  std::vector<std::shared_ptr<outcome_of<order::order_view>>> placed_;
  misfortunes counts_;
  bool stormy_ = true;
  sim_disk disk_;
  test::shop shop_;  // not calls_test.cpp's, should they be compiled as one
};

TEST(ServicesOnDisks, EveryOrderIsSettledAndChargedOnceWhateverDiesAndLosesItsPower) {
  misfortunes sum;
  for (const auto seed : seeds(10)) {
    const replay how{seed};
    stricken_shop s{seed};
    s.run();
    sum += s.counted();
    if (testing::Test::HasFatalFailure()) {
      return;
    }
  }
  sum.print();
  EXPECT_GT(sum.acknowledged, sum.orders / 2);
  if (std::getenv("KITH_REPLAY") == nullptr) {
    EXPECT_GT(sum.disk.deaths, 0U);
    if (!only_some_seeds()) {  // they are rare
      EXPECT_GT(sum.disk.lost_writes, 0U);
    }
    EXPECT_GT(sum.disk.failed_commits, 0U);
  }
}

TEST(ServicesOnDisks, OneSeedIsOneRun) {
  const auto hash = [](std::uint64_t seed) {
    stricken_shop s{seed};
    s.run();
    return s.trace_hash();
  };
  const auto first = hash(1);
  EXPECT_EQ(hash(1), first);
  EXPECT_NE(hash(2), first);
}

}  // namespace
}  // namespace kith::test
