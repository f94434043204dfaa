// SPDX-License-Identifier: MPL-2.0
// Whole nodes with keys: a service is who its key says it is, and mistakes heal when they are
// mended.

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/audit.hpp"
#include "sim/certificates_rig.hpp"
#include "support/cluster.hpp"
#include "support/test_keys.hpp"

namespace kith::test {
namespace {

class Keys : public testing::Test {
 protected:
  cluster all{5};

  bool answers() { return all.call("payment-1", "order", echo, {"hello", 1}).good(); }
  std::size_t lines_with(std::string_view text) const {
    const auto& lines = all.log.lines();
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [&](const auto& l) { return l.find(text) != l.npos; }));
  }
};

TEST_F(Keys, TwoThatKnowEachOtherTalk) {
  all.give_keys("order-1", ring_of(order_keys));
  all.give_keys("payment-1", ring_of(payment_keys));
  ear heard;
  std::optional<publisher<word>> say;
  all.add("order-1", [&](node& n) {
    serve_echo(n);
    say = n.publishes(said);
  });
  all.add("payment-1", [&](node& n) { listen(n, said, heard); });
  ASSERT_TRUE(all.settle()) << all.log_tail();
  EXPECT_TRUE(answers());
  ASSERT_TRUE(all.world.run_until([&] { return heard.line->counts().publishers == 1; }, 5s));
  all.on("order-1", [&](node&) { static_cast<void>(say->publish({"news", 1})); });
  EXPECT_TRUE(all.world.run_until([&] { return heard.heard.size() == 1; }, 1s));
  expect_balance(all);
}

TEST_F(Keys, TwoOfOneMachineTalkOverIpc) {
  config settings;
  settings.ipc_dir = "/machine";
  all.give_keys("order-1", ring_of(order_keys));
  all.give_keys("payment-1", ring_of(payment_keys));
  all.add("order-1", serve_echo, settings);
  all.add("payment-1", {}, settings);
  ASSERT_TRUE(all.settle()) << all.log_tail();
  EXPECT_EQ(all.sees("payment-1", "order-1")->via, "ipc");
  EXPECT_TRUE(answers());
  expect_balance(all);
}

TEST_F(Keys, AToolWithAKnownKeyIsWelcomeAndDialledBack) {
  all.give_keys("order-1", ring(order_keys, {{"operator", payment_keys.public_key}}));
  all.add("order-1", serve_echo);
  auto& host = all.world.add_node("tool");
  config settings;
  settings.instance = "tool";
  auto& tool = host.make<node>(
      settings, sim::make_environment(host, all.log,
                                      std::make_shared<const security::keyring>(
                                          ring(payment_keys, {{"order", order_keys.public_key}}))));
  tool.start();
  ASSERT_TRUE(all.world.run_until(
      [&] {
        const auto there = tool.members();
        const auto back = all.at("order-1").members();
        return there.size() == 1 && there[0].in_rotation && back.size() == 1 && back[0].in_rotation;
      },
      5s))
      << all.log_tail();
  all.world.crash(host);
  expect_balance(all);
}

TEST_F(Keys, AServiceIsWhoItsKeySaysItIs) {
  // It has payment's pair and calls itself order: it cannot prove order's key to stock-1, which
  // dials it as order, and is not believed when it greets.
  all.give_keys("stock-1", ring(stranger_keys, {{"order", order_keys.public_key},
                                                {"payment", payment_keys.public_key}}));
  all.give_keys("order-1", ring(payment_keys, {{"stock", stranger_keys.public_key}}));
  all.add("stock-1");
  all.add("order-1", serve_echo);
  all.world.run_for(10s);
  EXPECT_FALSE(all.in_rotation("stock-1", "order-1")) << all.log_tail();
  EXPECT_FALSE(all.in_rotation("order-1", "stock-1")) << all.log_tail();
  EXPECT_GE(lines_with("your key stands for payment"), 1U) << all.log_tail();
  expect_balance(all);
}

TEST_F(Keys, AHelloThatSaysAnotherNameIsRefused) {
  // order-1 knows that key as "guest".
  all.give_keys("order-1", ring(order_keys, {{"guest", payment_keys.public_key}}));
  all.give_keys("payment-1", ring_of(payment_keys));
  all.add("order-1", serve_echo);
  all.add("payment-1");
  all.world.run_for(3s);
  EXPECT_FALSE(all.in_rotation("payment-1", "order-1"));
  EXPECT_GE(lines_with("your key stands for guest, not for what your hello says"), 1U)
      << all.log_tail();
  EXPECT_FALSE(answers());
  expect_balance(all);
}

TEST_F(Keys, AnExchangedKeyIsFoundAmongThoseOfTheService) {
  all.give_keys("order-1", ring(next_order_keys, {{"payment", payment_keys.public_key}}));
  all.give_keys(
      "payment-1",
      ring(payment_keys, {{"order", order_keys.public_key + " " + next_order_keys.public_key}}));
  all.add("order-1", serve_echo);
  all.add("payment-1");
  EXPECT_TRUE(all.settle(5s)) << all.log_tail();
  EXPECT_TRUE(answers());
  expect_balance(all);
}

TEST_F(Keys, PlainAndKeyedDoNotMixAndHealWithinTenSecondsOfTheMending) {
  struct trial {
    const char* mistake;
    std::optional<security::keyring> order;
    std::optional<security::keyring> payment;
  };
  const auto knows_nobody = ring(order_keys, {});
  const auto knows_another = ring(payment_keys, {{"order", stranger_keys.public_key}});
  const trial trials[] = {
      {"order is plain", {}, ring_of(payment_keys)},
      {"payment is plain", ring_of(order_keys), {}},
      {"order does not know payment", knows_nobody, ring_of(payment_keys)},
      {"payment knows another order", ring_of(order_keys), knows_another},
  };
  std::uint64_t seed = 10;
  for (const auto& [mistake, order, payment] : trials) {
    SCOPED_TRACE(mistake);
    cluster pair{++seed};
    if (order) {
      pair.give_keys("order-1", *order);
    }
    if (payment) {
      pair.give_keys("payment-1", *payment);
    }
    pair.add("order-1", serve_echo);
    pair.add("payment-1", serve_echo);
    pair.world.run_for(30s);
    EXPECT_FALSE(pair.in_rotation("payment-1", "order-1"));
    EXPECT_FALSE(pair.call("payment-1", "order", echo, {"hello", 1}).good());
    EXPECT_LT(pair.warnings(), 10U) << pair.log_tail();
    pair.give_keys("order-1", ring_of(order_keys));
    pair.give_keys("payment-1", ring_of(payment_keys));
    for (const auto* name : {"order-1", "payment-1"}) {
      pair.crash(name);
      pair.restart(name);
    }
    EXPECT_TRUE(pair.settle(10s)) << pair.log_tail();
    EXPECT_TRUE(pair.call("payment-1", "order", echo, {"hello", 1}).good());
    expect_balance(pair);
  }
}

TEST_F(Keys, WhoIsRefusedDialsAtMostTwiceASecond) {
  all.give_keys("order-1", ring(order_keys, {}));
  all.give_keys("payment-1", ring_of(payment_keys));
  all.add("order-1");
  all.add("payment-1");
  all.world.run_for(60s);
  const auto& trace = all.world.trace();
  std::size_t refused = 0;
  for (auto at = trace.find("it refused our key"); at != trace.npos;
       at = trace.find("it refused our key", at + 1)) {
    ++refused;
  }
  EXPECT_GT(refused, 5U);
  EXPECT_LE(refused, 120U);
  expect_balance(all);
}

TEST_F(Keys, WhoSaidAnIdBeforeItsNodeWasKnownIsNotHeardAnyMore) {
  all.give_keys("order-1", ring(order_keys, {{"payment", payment_keys.public_key},
                                             {"thief", stranger_keys.public_key}}));
  all.give_keys("payment-1", ring_of(payment_keys));
  all.add("order-1", serve_echo);
  all.add("payment-1");
  all.world.partition({"order-1"}, {"payment-1"});
  all.world.run_for(1s);
  impostor early{all.world.add_node("thief"),
                 {std::make_shared<const security::keyring>(
                      ring(stranger_keys, {{"order", order_keys.public_key}})),
                  order_keys.public_key}};
  early.greet(all.at("order-1").description().inbox, all.at("payment-1").description().id);
  ASSERT_TRUE(all.world.run_until([&] { return early.welcomes > 0 || early.refused; }, 2s));
  EXPECT_EQ(early.welcomes, 1) << "nobody could know";
  all.world.heal();
  ASSERT_TRUE(all.settle(10s)) << all.log_tail();
  all.world.run_for(100ms);
  EXPECT_EQ(early.refused, errc::permission_denied);
  early.say(wire::goodbye{"it was nice"});
  all.world.run_for(1s);
  EXPECT_TRUE(all.in_rotation("order-1", "payment-1")) << all.log_tail();
  EXPECT_TRUE(answers());
  expect_balance(all);
}

TEST_F(Keys, WithoutThemAndWithoutTrustANodeSaysSoAtItsStart) {
  config open;
  open.insecure_lan = true;
  all.add("order-1");
  all.add("payment-1", {}, open);
  all.give_keys("stock-1", ring(stranger_keys, {}));
  all.add("stock-1");
  EXPECT_EQ(lines_with("no trust is configured: this node stays on this machine, where everybody "
                       "may call it and hear it; kith trust init begins a domain"),
            1U)
      << all.log_tail();
  EXPECT_EQ(lines_with("--insecure-lan: everybody who reaches"), 1U);
  EXPECT_EQ(lines_with("may call everything; there are no keys"), 1U);
  EXPECT_EQ(
      lines_with("links need a key; the public one of this node is " + stranger_keys.public_key),
      1U);
  EXPECT_EQ(lines_with(stranger_keys.secret_key), 0U);
  expect_balance(all);
}

}  // namespace
}  // namespace kith::test
