// SPDX-License-Identifier: MPL-2.0

// order and payment as real processes: what a crash in the middle of the work may cost.

#include <gtest/gtest.h>

#include <csignal>
#include <map>

#include <kith/blocking_client.hpp>

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
