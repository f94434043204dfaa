// SPDX-License-Identifier: MPL-2.0
// order.watch tells each change once, in the order of the commits, whichever instance made it and
// whichever is asked; who was cut off goes on where it got to.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "sim/audit.hpp"
#include "sim/services_shop.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

/// Everything one watcher heard.
struct watched {
  std::vector<order::order_change> got;
  std::vector<errc> ends;

  [[nodiscard]] std::vector<std::string> topics_of(const std::string& id) const {
    std::vector<std::string> found;
    for (const auto& one : got) {
      if (one.id == id) {
        found.push_back(one.topic);
      }
    }
    return found;
  }
};

/// Opens it again where it got to, for as long as its node runs.
task<void> watch(node& n, watched& into, order::watch_orders wanted) {
  const auto orders = n.service("order");
  for (;;) {
    auto changes = orders.open(order::watch, wanted, {.deadline = 2s, .window = 4});
    for (bool open = true; open;) {
      const auto one = co_await changes.try_next();
      open = one && *one;
      if (open) {
        wanted.after = (*one)->sequence;
        into.got.push_back(**one);
      } else if (!one) {
        into.ends.push_back(one.error().what());
      }
    }
    co_await n.sleep(50ms);
  }
}

struct watched_shop {
  explicit watched_shop(std::uint64_t seed) : all{seed} {}
  void begin(watched& into, const order::watch_orders& wanted) {
    all.all.on("client-1", [&](node& n) { n.spawn_background(watch(n, into, wanted)); });
    all.all.world.run_for(100ms);
  }
  watched first;  // before the nodes, whose end tells them
  watched second;
  shop all;
};

TEST(ServiceWatch, TellsWhatEveryInstanceCommits) {
  watched_shop of{1};
  of.begin(of.first, {});
  of.begin(of.second, {});
  ASSERT_EQ(of.first.got.size(), 1U) << of.all.all.log_tail();
  EXPECT_EQ(of.first.got[0].topic, "");
  std::set<std::string> instances;
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back(of.all.place(shop::request("k" + std::to_string(i), "c", 100)).id);
  }
  const auto back = of.all.give_back("r", "c", 100).id;
  ASSERT_TRUE(of.all.settles(10s));
  of.all.all.world.run_for(2s);
  for (const auto* const one : {&of.first, &of.second}) {
    for (const auto& id : ids) {
      EXPECT_EQ(one->topics_of(id), (std::vector<std::string>{"order.placed", "order.settled"}));
    }
    EXPECT_EQ(one->topics_of(back),
              (std::vector<std::string>{"order.returned", "order.return_settled"}));
    EXPECT_TRUE(one->ends.empty());
    for (std::size_t i = 1; i < one->got.size(); ++i) {
      EXPECT_EQ(one->got[i].sequence, one->got[i - 1].sequence + 1) << "in the log's order";
    }
    EXPECT_EQ(one->got.back().state.has_value(), one->got.back().topic == "order.settled");
  }
  expect_balance(of.all.all);
}

TEST(ServiceWatch, IsOfOneOrderOrOneCustomer) {
  watched_shop of{1};
  const auto mine = of.all.place(shop::request("mine", "17850", 100)).id;
  order::watch_orders one;
  one.after = 0;
  one.id = mine;
  of.begin(of.first, one);
  order::watch_orders customer;
  customer.customer = "17850";
  of.begin(of.second, customer);
  static_cast<void>(of.all.place(shop::request("other", "13047", 100)));
  const auto later = of.all.place(shop::request("later", "17850", 100)).id;
  ASSERT_TRUE(of.all.settles(10s));
  of.all.all.world.run_for(2s);
  EXPECT_EQ(of.first.topics_of(mine), (std::vector<std::string>{"order.placed", "order.settled"}));
  EXPECT_EQ(of.first.got.size(), 3U);
  EXPECT_EQ(of.second.topics_of(later).size(), 2U);
  for (const auto& change : of.second.got) {
    EXPECT_TRUE(change.topic.empty() || change.customer == "17850");
  }
}

TEST(ServiceWatch, BehindAChangeThatTheLogDoesNotHaveIsRefused) {
  watched_shop of{1};
  order::watch_orders wanted;
  wanted.after = 1000;
  of.begin(of.first, wanted);
  ASSERT_FALSE(of.first.ends.empty());
  EXPECT_EQ(of.first.ends[0], errc::log_regressed);
  EXPECT_TRUE(of.first.got.empty());
}

TEST(ServiceWatch, GoesOnWhereItGotToWhateverHappensToTheInstances) {
  std::set<errc> ends;
  for (const auto seed : seeds(10)) {
    const replay how{seed};
    watched_shop of{seed};
    of.begin(of.first, {});
    std::vector<std::string> keys;
    for (int i = 0; i < 12; ++i) {
      for (int k = 0; k < 5; ++k) {
        keys.push_back("k" + std::to_string(keys.size()));
        static_cast<void>(of.all.begin_placing(shop::request(keys.back(), "c", 100)));
        of.all.all.world.run_for(7ms);
      }
      const std::string victim = i % 2 == 0 ? "order-1" : "order-2";
      if (i % 4 < 2) {
        of.all.all.crash(victim);
      } else {
        of.all.all.stop(victim);
      }
      of.all.all.world.run_for(200ms);
      of.all.all.restart(victim);
      of.all.all.world.run_for(500ms);
    }
    ASSERT_TRUE(of.all.settles(30s)) << of.all.all.log_tail();
    of.all.all.world.run_for(3s);
    for (const auto& order : of.all.list()) {
      EXPECT_EQ(of.first.topics_of(order.id),
                (std::vector<std::string>{"order.placed", "order.settled"}));
    }
    ends.insert(of.first.ends.begin(), of.first.ends.end());
  }
  EXPECT_TRUE(ends.contains(errc::peer_lost));
  EXPECT_TRUE(ends.contains(errc::shutting_down));
}

}  // namespace
}  // namespace kith::test
