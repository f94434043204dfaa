// SPDX-License-Identifier: MPL-2.0

// order and payment as real processes: what a crash in the middle of the work may cost.

#include <gtest/gtest.h>

#include <csignal>
#include <map>

#include <kith/blocking_client.hpp>
#include <kith/durable.hpp>

#include "gateway/sandbox_cards.hpp"
#include "order/order_api.hpp"
#include "payment/payment_api.hpp"
#include "process_rig.hpp"

namespace kith::test {
namespace {

class Services : public process_rig {
 protected:
  void start_service(const std::string& service, int number) {
    const auto name = service + "-" + std::to_string(number);
    running_.erase(name);
    running_.emplace(
        name, run_program(service, name,
                          {"--instance", name, "--database", directory_ + "/" + service + ".db"}));
  }
  void start_two_of_each() {
    for (const auto* service : {"order", "payment"}) {
      start_service(service, 1);
      start_service(service, 2);
    }
  }
  config client_config() {
    config settings;
    settings.domain = domain_;
    settings.log_level = "error";
    return settings;
  }
  static std::vector<order::line> two_lines() {
    return {{"85123A", "lantern", 6, {25'500, "GBP"}}, {"POST", "postage", 1, {10'010, "GBP"}}};
  }

  std::map<std::string, child_process> running_;
};

TEST_F(Services, EveryPaymentProcessKilledForTenSecondsUnderLoadSettlesAllWithinFiveOfItsReturn) {
  start_two_of_each();
  auto shop =
      run_program("storefront", "storefront",
                  {"--instances", "2", "--generate", "4500", "--window", "4500", "--rate", "250"});
  ASSERT_EQ(shop.wait(1500ms), std::nullopt) << shop.log();
  running_.at("payment-1").signal(SIGKILL);
  running_.at("payment-2").signal(SIGKILL);
  EXPECT_EQ(shop.wait(10s), std::nullopt) << "nobody charges now: " << shop.log();
  start_service("payment", 3);
  start_service("payment", 4);
  // What was placed while payment was away is settled in time; then the rest of the load follows.
  const auto back = steady::now();
  blocking_client client{client_config()};
  const auto oldest_unsettled_is_young = [&] {
    order::list_orders late;
    late.unsettled = true;
    late.min_age_ms = 5000;
    late.limit = 1;
    const auto page = client.try_call("order", order::list, late, {.deadline = 2s});
    return page && page->orders.empty();
  };
  while (!oldest_unsettled_is_young() && steady::now() - back < 30s) {
    client.node().run_until([] { return false; }, 50ms);
  }
  EXPECT_LT(steady::now() - back, 5s * KITH_TIMEOUT_FACTOR) << logs();
  const auto status = shop.wait(60s * KITH_TIMEOUT_FACTOR);
  EXPECT_EQ(status, 0) << shop.log() << logs();
}

#ifdef KITH_TEST_DATA
TEST_F(Services, ARealMonthOfOrdersAddsUpToThePenny) {
  start_two_of_each();
  auto shop = run_program("storefront", "storefront",
                          {"--instances", "2", "--orders",
                           std::string{KITH_TEST_DATA} + "/online-retail/december-2010.csv"});
  if (!shop.wait(500ms)) {  // in the middle of it one of them leaves and another comes
    running_.at("payment-1").signal(SIGTERM);
    start_service("payment", 3);
  }
  const auto status = shop.wait(60s * KITH_TIMEOUT_FACTOR);
  EXPECT_EQ(status, 0) << shop.log() << logs();
  const auto text = shop.log();
  const auto line = text.find("accounted for (rows)");
  ASSERT_NE(line, std::string::npos) << text;
  const auto found = text.substr(line, text.find('\n', line) - line);
  EXPECT_NE(found.find(" 42481 "), std::string::npos) << found;
  EXPECT_NE(found.find(" 748,957.020"), std::string::npos) << found;
  // The whole is right whatever was refunded; its parts are the same each time, too.
  for (const auto* sum : {" 740,213.760", " 10,124.340", " 83,532.380", " -64,664.780"}) {
    EXPECT_NE(text.find(sum), std::string::npos) << sum << "\n" << text;
  }
  for (const auto& card : gateway::declining_cards()) {
    EXPECT_NE(text.find("  " + std::string{card.code} + ": "), std::string::npos)
        << card.code << "\n"
        << text;
  }
}
#endif

TEST_F(Services, AnOrderIsPlacedOncePaidOnceAndGivenBackOnce) {
  start_two_of_each();
  blocking_client client{client_config()};
  const order::place_order request{"key-1", "17850", two_lines()};
  const auto first =
      client.try_call("order", order::place, request, {.deadline = 5s * KITH_TIMEOUT_FACTOR});
  ASSERT_TRUE(first) << first.error().to_string() << logs();
  EXPECT_EQ(first->total.ten_thousandths, 163'010);
  EXPECT_NE(logs().find("SQLite 3."), std::string::npos) << logs();
  const auto again =
      client.try_call("order", order::place, request, {.deadline = 5s * KITH_TIMEOUT_FACTOR});
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->id, first->id);

  order::order_view view = *first;
  const auto get = [&] {
    if (auto answer = client.try_call("order", order::get, {first->id}, {.deadline = 2s})) {
      view = *answer;
    }
    return view.state;
  };
  const auto until = steady::now() + 20s * KITH_TIMEOUT_FACTOR;
  while (get() == order::order_state::placed && steady::now() < until) {
    client.node().run_until([] { return false; }, 20ms);
  }
  ASSERT_EQ(view.state, order::order_state::paid) << logs();
  EXPECT_EQ(view.captured, view.total);

  ASSERT_TRUE(
      client.try_call("order", order::cancel, {first->id}, {.deadline = 5s * KITH_TIMEOUT_FACTOR}));
  while (get() != order::order_state::cancelled && steady::now() < until) {
    client.node().run_until([] { return false; }, 20ms);
  }
  EXPECT_EQ(view.state, order::order_state::cancelled) << logs();
  EXPECT_EQ(view.refunded, view.total);
  const auto paid =
      client.try_call("payment", payment::get, {first->id}, {.deadline = 5s * KITH_TIMEOUT_FACTOR});
  ASSERT_TRUE(paid) << paid.error().to_string();
  EXPECT_EQ(paid->refunded, paid->amount);
}

/// A consumer group of its own, which keeps the ids of the orders that were cancelled.
struct auditor {
  auditor(config settings, const std::string& where)
      : file{where}, data{database::open(file)}, host{std::move(settings)} {
    data.migrate("auditor", {"CREATE TABLE heard(number INTEGER PRIMARY KEY AUTOINCREMENT,"
                             " id TEXT NOT NULL)"});
    out.run_on(host);
    in.on(order::cancelled, [](transaction& tx, const order::order_cancelled& event) {
      tx.execute("INSERT INTO heard(id) VALUES(?)", event.id);
    });
    in.run_on(host);
  }
  [[nodiscard]] std::vector<std::string> heard() const {
    return database::open(file).read([](transaction& tx) {
      std::vector<std::string> ids;
      for (const auto& row : tx.query("SELECT id FROM heard ORDER BY number")) {
        ids.push_back(row.get<std::string>(0));
      }
      return ids;
    });
  }

  std::string file;
  database data;  // the pool's
  outbox out{data};
  inbox in{out};
  node host;  // gone before them
};

std::int64_t count_in(const std::string& file, const std::string& what) {
  return database::open(file).read([&](transaction& tx) {
    return tx.find("SELECT count(*) FROM " + what)->get<std::int64_t>(0);
  });
}

TEST_F(Services, ACancelledOrderIsToldOnceWhoeverIsKilled) {
  start_two_of_each();
  blocking_client client{client_config()};
  auto settings = client_config();
  settings.service = "auditor";
  auditor desk{settings, directory_ + "/auditor.db"};
  const auto placed = client.try_call("order", order::place, {"key-1", "17850", two_lines()},
                                      {.deadline = 5s * KITH_TIMEOUT_FACTOR});
  ASSERT_TRUE(placed) << placed.error().to_string() << logs();
  order::order_view view = *placed;
  const auto until = steady::now() + 40s * KITH_TIMEOUT_FACTOR;
  const auto becomes = [&](auto reached) {
    while (!reached() && steady::now() < until) {
      if (auto answer = client.try_call("order", order::get, {placed->id}, {.deadline = 2s})) {
        view = *answer;
      }
      desk.host.run_until([] { return false; }, 20ms);
    }
    return reached();
  };
  ASSERT_TRUE(becomes([&] { return view.state == order::order_state::paid; })) << logs();

  running_.at("payment-1").signal(SIGKILL);
  running_.at("payment-2").signal(SIGKILL);
  for (int i = 0; i < 2; ++i) {  // the second time nothing is to be done
    ASSERT_TRUE(client.try_call("order", order::cancel, {placed->id},
                                {.deadline = 5s * KITH_TIMEOUT_FACTOR}))
        << logs();
  }
  running_.at("order-1").signal(SIGKILL);
  running_.at("order-2").signal(SIGKILL);
  for (const auto* const service : {"order", "payment"}) {
    start_service(service, 3);
    start_service(service, 4);
  }
  ASSERT_TRUE(becomes([&] {
    return view.state == order::order_state::cancelled && view.refunded == view.total &&
           !desk.heard().empty();
  })) << logs();
  desk.host.run_until([] { return false; }, 1s);
  EXPECT_EQ(desk.heard(), std::vector<std::string>{placed->id});
  EXPECT_EQ(count_in(directory_ + "/order.db", "kith_log WHERE topic = 'order.cancelled'"), 1);
  EXPECT_EQ(count_in(directory_ + "/payment.db", "refunds WHERE reason = 'order_cancelled'"), 1);
  EXPECT_EQ(count_in(directory_ + "/payment.db", "kith_dead_letter"), 0);
  desk.host.stop();
  EXPECT_TRUE(desk.host.run_until([&] { return desk.host.stopped(); }, 10s));
}

TEST_F(Services, ADatabaseThatCannotBeOpenedIsSaidWithItsPath) {
  for (const auto* service : {"order", "payment"}) {
    auto process = run_program(service, std::string{service} + "-x",
                               {"--database", "/dev/null/" + std::string{service}});
    const auto status = process.wait(5s * KITH_TIMEOUT_FACTOR);
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(*status, 1);
    EXPECT_NE(process.log().find("/dev/null/"), std::string::npos) << process.log();
  }
  end_without_audit("none of them became a node");
}

}  // namespace
}  // namespace kith::test
