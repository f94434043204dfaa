// SPDX-License-Identifier: MPL-2.0
// Whole nodes with certificates: who may do what, and what changes while they run.

#include <gtest/gtest.h>

#include <kith/introspection.hpp>

#include "sim/audit.hpp"
#include "sim/certificates_rig.hpp"

namespace kith::test {
namespace {

TEST_F(Certificates, GiveWhatTheySay) {
  start();
  EXPECT_TRUE(answers());
  const auto confirmed = subscribed();
  ASSERT_TRUE(confirmed && confirmed->has_value()) << all.log_tail();
  publish(1);
  EXPECT_TRUE(all.world.run_until([&] { return heard.heard.size() == 1; }, 1s));
  EXPECT_EQ(all.warnings(), 0U) << all.log_tail();
}

TEST_F(Certificates, ACallThatIsNotGivenIsDeniedAndCounted) {
  start();
  const auto got = all.call("payment-1", "order", order_secret, {"4929 1234", 1});
  ASSERT_TRUE(got.done());
  ASSERT_FALSE(got.good());
  EXPECT_EQ(got.why().what(), errc::permission_denied);
  EXPECT_EQ(got.why().outcome, outcome::not_sent);
  EXPECT_NE(got.why().message.find("payment may not call order.secret of order"), std::string::npos)
      << got.why().message;
  EXPECT_EQ(secrets_told, 0);
  EXPECT_EQ(denied_at("order-1", "order.secret"), 1U);
  EXPECT_EQ(lines_with("refused a request: payment may not call order.secret of order"), 1U)
      << all.log_tail();
  EXPECT_EQ(lines_with("4929"), 0U) << "no payload in a log";
  for (int i = 0; i < 100; ++i) {
    all.call("payment-1", "order", order_secret, {"again", i});
  }
  EXPECT_EQ(denied_at("order-1", "order.secret"), 101U);
  EXPECT_EQ(lines_with("refused a request"), 1U) << "it is in the log once";
  order_box->certificates.push_back(domain.sign(domain.certificate("stock", 's', {})));
  all.world.run_for(trust_interval + 100ms);
  all.call("payment-1", "order", order_secret, {"again", 1});
  EXPECT_EQ(lines_with("refused a request"), 2U) << "and again when something has changed";
  EXPECT_TRUE(answers()) << "and the rest goes on";
}

TEST_F(Certificates, WhatANodeTellsOfItselfIsForThoseWhoAreGivenIt) {
  const auto operator_paper = domain.certificate("operator", 'o', {.calls = {"kith."}});
  order_box->certificates.push_back(domain.sign(operator_paper));
  start();
  EXPECT_EQ(all.call("payment-1", "order", list_books, {}).why().what(), errc::permission_denied);
  EXPECT_EQ(all.call("payment-1", "order", list_members, {}).why().what(), errc::permission_denied);
  EXPECT_TRUE(all.call("payment-1", "order", describe_node, {}).good());
  auto& host = all.world.add_node("tool");
  auto& tool = host.make<node>(
      config{}, sim::make_environment(
                    host, all.log, nullptr, nullptr,
                    domain.box("operator", 'o', {order_paper, payment_paper, operator_paper})));
  tool.start();
  std::optional<result<book_list>> books;
  ASSERT_TRUE(all.world.run_until(
      [&] {
        const auto there = tool.members();
        return std::any_of(there.begin(), there.end(),
                           [](const auto& m) { return m.instance == "order-1" && m.in_rotation; });
      },
      5s))
      << all.log_tail();
  host.enter([&] {
    tool.service("order").call(list_books, {}, {},
                               [&](result<book_list> got) { books.emplace(std::move(got)); });
  });
  ASSERT_TRUE(all.world.run_until([&] { return books.has_value(); }, 5s));
  EXPECT_TRUE(books->has_value()) << books->error().to_string();
  all.world.crash(host);
}

TEST_F(Certificates, ASubscriptionThatIsNotGivenIsDeniedAndHearsNothing) {
  order_box->certificates = {domain.sign(order_paper)};
  const auto narrow =
      domain.certificate("payment", 'c', {.calls = {"order.echo"}, .subscribes = {"stock."}});
  order_box->certificates.push_back(domain.sign(narrow));
  payment_box->certificates = order_box->certificates;
  start();
  const auto got = subscribed();
  ASSERT_TRUE(got) << "it ends: " << all.log_tail();
  ASSERT_FALSE(got->has_value());
  EXPECT_EQ(got->error().what(), errc::permission_denied) << got->error().to_string();
  EXPECT_NE(got->error().message.find("order.said"), std::string::npos);
  publish(1);
  all.world.run_for(3s);
  EXPECT_TRUE(heard.heard.empty());
  EXPECT_GE(lines_with("refused a subscription: payment may not hear order.said of order-1"), 1U)
      << all.log_tail();

  // A certificate that gives it comes, and that is all that it takes.
  order_box->certificates.push_back(domain.sign(payment_paper));
  ASSERT_TRUE(all.world.run_until([&] { return heard.line->counts().publishers == 1; }, 15s))
      << all.log_tail();
  publish(2);
  EXPECT_TRUE(all.world.run_until([&] { return heard.heard.size() == 1; }, 1s));
  EXPECT_EQ(heard.heard.back().number, 2);
}

TEST_F(Certificates, WhoIsRevokedGetsNoRequestThroughAndHearsNothing) {
  start();
  ASSERT_TRUE(subscribed()->has_value());
  ASSERT_TRUE(answers());
  order_box->revocations = {domain.revoke({payment_paper})};
  all.world.run_for(trust_interval + 100ms);
  const auto got = all.call("payment-1", "order", order_echo, {"hello", 2});
  EXPECT_FALSE(got.good());
  publish(2);
  all.world.run_for(5s);
  EXPECT_TRUE(heard.heard.empty());
  EXPECT_FALSE(all.in_rotation("payment-1", "order-1")) << all.log_tail();
  EXPECT_FALSE(all.in_rotation("order-1", "payment-1")) << all.log_tail();
  EXPECT_GE(lines_with("has ended or is revoked"), 1U) << all.log_tail();
}

TEST_F(Certificates, ARevocationOfOthersCutsNobody) {
  const auto other = domain.certificate("stock", 's', {});
  order_box->certificates.push_back(domain.sign(other));
  start();
  ASSERT_TRUE(subscribed()->has_value());
  order_box->revocations = payment_box->revocations = {domain.revoke({other})};
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(answers());
    publish(i);
    all.world.run_for(100ms);
  }
  EXPECT_EQ(heard.heard.size(), 50U);
  EXPECT_TRUE(heard.gaps.empty());
}

TEST_F(Certificates, ARenewalDropsNothing) {
  // The first ones end, with the hour that clocks may be wrong, ten seconds after the beginning.
  const auto ends = -1h + 10s;
  const auto old_order =
      domain.certificate("order", 'a', {.provides = {"order"}, .publishes = {"order."}},
                         std::chrono::duration_cast<std::chrono::seconds>(ends));
  const auto old_payment =
      domain.certificate("payment", 'c', {.calls = {"order.echo"}, .subscribes = {"order."}},
                         std::chrono::duration_cast<std::chrono::seconds>(ends));
  for (const auto& box : {order_box, payment_box}) {
    box->certificates = {domain.sign(old_order), domain.sign(old_payment)};
  }
  start();
  ASSERT_TRUE(subscribed()->has_value());
  for (int i = 0; i < 200; ++i) {
    if (i == 30) {
      order_box->certificates.push_back(domain.sign(order_paper));
      order_box->certificates.push_back(domain.sign(payment_paper));
    }
    if (i == 50) {
      payment_box->certificates = order_box->certificates;
    }
    EXPECT_TRUE(answers()) << i << all.log_tail();
    publish(i);
    all.world.run_for(100ms);
  }
  EXPECT_EQ(heard.heard.size(), 200U);
  EXPECT_TRUE(heard.gaps.empty());
  EXPECT_GE(lines_with("ends within 1 day"), 2U) << "both were warned";
}

TEST_F(Certificates, WithoutARenewalItIsOverAtItsEnd) {
  const auto short_paper = domain.certificate(
      "payment", 'c', {.calls = {"order.echo"}, .subscribes = {"order."}}, -1h + 10s);
  for (const auto& box : {order_box, payment_box}) {
    box->certificates = {domain.sign(order_paper), domain.sign(short_paper)};
  }
  start();
  EXPECT_TRUE(answers());
  all.world.run_for(14s);
  EXPECT_FALSE(answers());
  EXPECT_EQ(lines_with("this node is nobody any more"), 1U) << all.log_tail();
  EXPECT_GE(lines_with("kith trust renew"), 1U);
  // The renewal heals it, without a restart.
  order_box->certificates.push_back(domain.sign(payment_paper));
  payment_box->certificates.push_back(domain.sign(payment_paper));
  EXPECT_TRUE(all.settle(15s)) << all.log_tail();
  EXPECT_TRUE(answers());
}

TEST_F(Certificates, ExchangedKeysAreTakenWhileTheNodeRuns) {
  start();
  const auto next =
      domain.certificate("order", 'x', {.provides = {"order"}, .publishes = {"order."}});
  payment_box->certificates.push_back(domain.sign(next));
  order_box->certificates.push_back(domain.sign(next));
  all.world.run_for(5s);
  EXPECT_TRUE(answers()) << "known, and not in use yet";
  order_box->keys = {trust_domain::secrets("order", 'x')};
  all.world.run_for(10s);
  EXPECT_TRUE(all.complete()) << all.log_tail();
  EXPECT_TRUE(answers());
  // And the old ones can go.
  payment_box->revocations = order_box->revocations = {domain.revoke({order_paper})};
  all.world.run_for(10s);
  EXPECT_TRUE(all.complete()) << all.log_tail();
  EXPECT_TRUE(answers());
  ASSERT_TRUE(subscribed()->has_value());
}

TEST_F(Certificates, OfAnotherRootAreThoseOfStrangers) {
  trust_domain other{"kith", 'X'};
  const auto forged =
      other.certificate("order", 'f', {.provides = {"order"}, .publishes = {"order."}});
  all.give_trust("order-2", other.box("order", 'f', {forged, payment_paper}));
  start();
  all.add("order-2");
  all.world.run_for(10s);
  EXPECT_FALSE(all.in_rotation("payment-1", "order-2"));
  EXPECT_FALSE(all.in_rotation("order-2", "payment-1"));
  EXPECT_TRUE(answers());
}

TEST_F(Certificates, WhatAPeerOffersBeyondItsCertificateIsNotUsed) {
  // It thinks that it may be called for bank.pay, by a certificate that is revoked for others.
  static constexpr method<word, word> pay{"bank.pay", idempotent};
  const auto wide = domain.certificate(
      "order", 'a', {.provides = {"order", "bank"}, .publishes = {"order.", "bank."}});
  const auto bold_paper = domain.certificate(
      "payment", 'c', {.calls = {"order", "bank"}, .subscribes = {"order.", "bank."}});
  order_box->certificates = {domain.sign(wide), domain.sign(bold_paper)};
  payment_box->certificates = {domain.sign(order_paper), domain.sign(bold_paper)};
  // Two lists of one number, as no root makes them: neither takes the place of the other.
  trust_domain twin;
  order_box->revocations = {domain.revoke({})};
  payment_box->revocations = {twin.revoke({wide})};
  static constexpr topic<word> bank_said{"bank.said"};
  std::optional<publisher<word>> lie;
  int paid = 0;
  all.add("order-1", [&](node& n) {
    n.serve(order_echo, [](const word& what) { return what; });
    n.serve(pay, [&](const word& what) {
      ++paid;
      return what;
    });
    lie = n.publishes(bank_said);
    say = n.publishes(order_said);
  });
  start_payment();
  ear told;
  all.on("payment-1", [&](node& n) { listen(n, bank_said, told); });
  ASSERT_TRUE(all.settle(5s)) << all.log_tail();
  EXPECT_TRUE(answers());
  const auto got = all.call("payment-1", "order", pay, {"all", 1}, {.deadline = 1s});
  EXPECT_FALSE(got.good());
  EXPECT_EQ(paid, 0);
  all.on("order-1", [&](node&) { static_cast<void>(lie->publish({"trust me", 1})); });
  all.world.run_for(2s);
  EXPECT_TRUE(told.heard.empty());
  EXPECT_EQ(lines_with("that its certificate does not give"), 1U) << all.log_tail();
  all.on("payment-1", [](node& n) {
    EXPECT_TRUE(n.publishers_of(bank_said.name).empty());
    EXPECT_EQ(n.publishers_of(order_said.name).size(), 1U);
  });
}

TEST_F(Certificates, AnEventBeyondItsPublishersCertificateIsNotHeard) {
  // Whoever hears all that begins so is sent it, whatever the publisher lists.
  static constexpr topic<word> bank_said{"bank.said"};
  const auto wide =
      domain.certificate("order", 'a', {.provides = {"order"}, .publishes = {"order.", "bank."}});
  const auto curious = domain.certificate("payment", 'c', {.subscribes = {"order.", "bank."}});
  order_box->certificates = {domain.sign(wide), domain.sign(curious)};
  payment_box->certificates = {domain.sign(order_paper), domain.sign(curious)};
  // Two lists of one number, as no root makes them: neither takes the place of the other.
  trust_domain twin;
  order_box->revocations = {domain.revoke({})};
  payment_box->revocations = {twin.revoke({wide})};
  std::optional<publisher<word>> lie;
  all.add("order-1", [&](node& n) {
    say = n.publishes(order_said);
    lie = n.publishes(bank_said);
  });
  start_payment();
  int sent = 0;
  std::optional<subscription> all_of_bank;
  all.on("payment-1",
         [&](node& n) { all_of_bank = n.subscribe_raw("bank.", [&](const auto&...) { ++sent; }); });
  ASSERT_TRUE(all.settle(5s)) << all.log_tail();
  ASSERT_TRUE(all.world.run_until([&] { return heard.line->counts().publishers == 1; }, 5s));
  publish(1);
  all.on("order-1", [&](node&) { static_cast<void>(lie->publish({"trust me", 1})); });
  all.world.run_for(2s);
  EXPECT_EQ(heard.heard.size(), 1U);
  EXPECT_EQ(sent, 0);
}

TEST_F(Certificates, AnOfferEndsWithTheCertificateThatGivesIt) {
  const auto narrow =
      domain.certificate("order", 'a', {.provides = {"order.echo"}, .publishes = {"order."}});
  const auto more = domain.certificate("order", 'a', {.provides = {"order.secret"}});
  const auto bold = domain.certificate("payment", 'c', {.calls = {"order"}});
  for (const auto& box : {order_box, payment_box}) {
    box->certificates = {domain.sign(narrow), domain.sign(more), domain.sign(bold)};
  }
  start();
  EXPECT_TRUE(all.call("payment-1", "order", order_secret, {"hello", 1}).good());
  payment_box->revocations = {domain.revoke({more})};
  all.world.run_for(trust_interval + 100ms);
  EXPECT_FALSE(all.call("payment-1", "order", order_secret, {"hello", 2}, {.deadline = 1s}).good());
  EXPECT_EQ(secrets_told, 1);
  EXPECT_TRUE(answers());
}

TEST_F(Certificates, ANodeOffersOnlyWhatItMayProvide) {
  struct trial {
    given_rights rights;
    const char* says;
  };
  const trial trials[] = {
      {{.publishes = {"order."}},
       "order may not provide order.echo: its certificate does not "
       "give it; kith trust sign order.req --provides order.echo"},
      {{.provides = {"order"}},
       "order may not publish order.said: its certificate does not give "
       "it; kith trust sign order.req --publishes order.said"},
  };
  int number = 1;
  for (const auto& [rights, says] : trials) {
    const auto name = "order-" + std::to_string(++number);
    all.give_trust(name, domain.box("order", 'a', {domain.certificate("order", 'a', rights)}));
    try {
      all.add(name, [](node& n) {
        n.serve(order_echo, [](const word& what) { return what; });
        n.publishes(order_said);
      });
      FAIL() << says;
    } catch (const failure& why) {
      EXPECT_EQ(why.what_code(), errc::bad_config);
      EXPECT_NE(std::string{why.reason().message}.find(says), std::string::npos)
          << why.reason().message;
    }
  }
}

TEST_F(Certificates, ANodeThatIsNobodyDoesNotStartAndSaysWhatToDo) {
  const auto ended = domain.certificate("order", 'a', {}, -2h);
  auto no_root = domain.box("order", 'a', {order_paper});
  no_root->root.reset();
  auto no_keys = domain.box("order", 'a', {order_paper});
  no_keys->keys.clear();
  auto elsewhere = trust_domain{"plant"};
  const std::pair<std::shared_ptr<sim::trust_box>, const char*> trials[] = {
      {no_root, "has no root.pub: copy it from where kith trust init made the root"},
      {no_keys, "has no order.keys: kith trust request order makes them"},
      {domain.box("order", 'a', {payment_paper}), "kith trust sign order.req makes one"},
      {domain.box("order", 'b', {order_paper}), "kith trust sign order.req makes one"},
      {elsewhere.box("order", 'a', {}), "is of the domain plant, and this node's is kith"},
  };
  int number = 1;
  for (const auto& [box, says] : trials) {
    const auto name = "order-" + std::to_string(++number);
    all.give_trust(name, box);
    try {
      all.add(name);
      FAIL() << says;
    } catch (const failure& why) {
      EXPECT_EQ(why.what_code(), errc::bad_config);
      EXPECT_NE(std::string{why.reason().message}.find(says), std::string::npos)
          << why.reason().message;
    }
  }
}

TEST_F(Certificates, ABrokenFileIsToldOnceAndChangesNothing) {
  start();
  order_box->certificates.emplace_back("nonsense");
  auto forged = domain.revoke({payment_paper});
  forged[80] = static_cast<char>(forged[80] ^ 1);
  order_box->revocations = {forged};
  all.world.run_for(20s);
  EXPECT_TRUE(answers());
  EXPECT_EQ(lines_with("trust: certificate 2: "), 1U) << all.log_tail();
  EXPECT_EQ(lines_with("trust: revocation list 0: "), 1U) << all.log_tail();
}

TEST_F(Certificates, ASeedIsWhoeverOfAllProvesItsKey) {
  for (int i = 0; i < 20; ++i) {
    const auto other = domain.certificate("a" + std::to_string(i), static_cast<char>(128 + i), {});
    payment_box->certificates.push_back(domain.sign(other));
  }
  config seed;
  seed.beacon = false;
  seed.listen = "tcp://127.0.0.1:5555";
  all.add("order-1", {}, seed);
  config sown;
  sown.beacon = false;
  sown.seeds = {"127.0.0.1:5555"};
  all.add("payment-1", {}, sown);
  EXPECT_TRUE(all.settle(2s)) << all.log_tail();
}

TEST_F(Certificates, NobodyTakesTheIdOfAnother) {
  // A goodbye in its name would be believed.
  start();
  const auto order_id = all.sees("payment-1", "order-1")->id;
  auto& host = all.world.add_node("liar");
  std::optional<std::string> answer;
  const auto thief = domain.certificate("thief", 't', {});
  payment_box->certificates.push_back(domain.sign(thief));
  all.world.run_for(trust_interval + 100ms);
  impostor liar{host, trust_domain::keys("thief", 't'), payment_paper.curve_key};
  liar.greet(all.sees("order-1", "payment-1")->inbox, *node_id::from_string(order_id));
  ASSERT_TRUE(all.world.run_until([&] { return liar.refused.has_value(); }, 2s)) << all.log_tail();
  EXPECT_EQ(*liar.refused, errc::permission_denied);
  EXPECT_TRUE(all.in_rotation("payment-1", "order-1"));
}

TEST_F(Certificates, AClockThatIsWrongByLessThanAnHourChangesNothing) {
  for (const auto off : {duration{55min}, duration{-55min}}) {
    cluster skewed{11};
    skewed.give_trust("order-1", domain.box("order", 'a', {order_paper, payment_paper}));
    skewed.give_trust("payment-1", domain.box("payment", 'c', {order_paper, payment_paper}));
    skewed.add("order-1",
               [](node& n) { n.serve(order_echo, [](const word& what) { return what; }); });
    skewed.add("payment-1");
    skewed.world.node("payment-1").loop().set_wall_offset(off);
    ASSERT_TRUE(skewed.settle(5s)) << skewed.log_tail();
    skewed.world.run_for(10s);
    EXPECT_TRUE(skewed.call("payment-1", "order", order_echo, {"hello", 1}).good())
        << skewed.log_tail();
    expect_balance(skewed);
  }
}

}  // namespace
}  // namespace kith::test
