// SPDX-License-Identifier: MPL-2.0
// Whole nodes with certificates: who may do what, and what changes while they run.

#include <gtest/gtest.h>

#include <algorithm>
#include <variant>

#include <kith/introspection.hpp>

#include "node/trust_watch.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/test_trust.hpp"
#include "wire/envelope.hpp"

namespace kith::test {
namespace {

inline constexpr method<word, word> order_echo{"order.echo", idempotent};
inline constexpr method<word, word> order_secret{"order.secret", idempotent};
inline constexpr topic<word> order_said{"order.said"};

/// A member with good keys that greets by hand, as somebody else.
class impostor final : public transport::receiver {
 public:
  impostor(sim::host& on, const security::service_keys& own, const security::key_octets& server)
      : host_{on} {
    const auto key = security::z85_of(security::view_of(own.curve_key()));
    policy_ = {std::make_shared<const security::keyring>(
                   security::key_pair{key, security::z85_of(own.curve_secret())},
                   security::known_key{own.service(), key}, std::vector<security::known_key>{}),
               security::z85_of(security::view_of(server))};
    host_.enter([this] { host_.transport().set_receiver(this); });
  }
  void greet(const std::string& inbox, const node_id& as) {
    wire::hello greeting;
    greeting.self.id = as;
    greeting.self.domain = "kith";
    greeting.self.instance = "order-1";
    host_.enter([&] {
      bytes packet;
      wire::append(packet, greeting);
      host_.transport().send(host_.transport().dial(inbox, policy_).value(), std::move(packet));
    });
  }

  void on_packet(transport::link_id /*from*/, byte_view packet) override {
    const wire::limits bounds;
    wire::envelope_reader reader{packet, bounds};
    const auto first = reader.next();
    if (first && *first) {
      if (const auto* refusal = std::get_if<wire::refuse>(&**first)) {
        refused = refusal->code;
      }
    }
  }
  void on_link(transport::link_id, transport::link_event, std::string_view) override {}
  void on_writable(transport::link_id) override {}
  void on_event(transport::link_id, byte_view) override {}
  void on_subscription(std::string_view, bool) override {}
  void on_bad_packet(transport::link_id, std::string_view) override {}

  std::optional<errc> refused;

 private:
  sim::host& host_;
  transport::security_policy policy_;
};

task<void> wait_for(subscription& line, std::optional<result<void>>& into) {
  try {
    co_await line.subscribed(1, 5s);
    into.emplace();
  } catch (const failure& why) {
    into.emplace(tl::make_unexpected(why.reason()));
  }
}

class Certificates : public testing::Test {
 protected:
  Certificates() {
    order_box = domain.box("order", 'a', {order_paper, payment_paper});
    payment_box = domain.box("payment", 'c', {order_paper, payment_paper});
    all.give_trust("order-1", order_box);
    all.give_trust("payment-1", payment_box);
  }

  void start_order() {
    all.add("order-1", [this](node& n) {
      n.serve(order_echo, [](const word& what) { return what; });
      n.serve(order_secret, [this](const word& what) {
        ++secrets_told;
        return what;
      });
      say = n.publishes(order_said);
    });
  }
  void start_payment(const topic<word>& heard_topic = order_said) {
    all.add("payment-1", [this, heard_topic](node& n) { listen(n, heard_topic, heard); });
  }
  void start() {
    start_order();
    start_payment();
    ASSERT_TRUE(all.settle(5s)) << all.log_tail();
  }
  bool answers() { return all.call("payment-1", "order", order_echo, {"hello", 1}).good(); }
  void publish(std::int64_t number) {
    all.on("order-1", [&](node&) { static_cast<void>(say->publish({"news", number})); });
  }
  std::optional<result<void>> subscribed() {
    std::optional<result<void>> got;
    all.on("payment-1", [&](node& n) { n.spawn(wait_for(*heard.line, got)); });
    all.world.run_until([&] { return got.has_value(); }, 10s);
    return got;
  }
  std::size_t lines_with(std::string_view text) const {
    const auto& lines = all.log.lines();
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [&](const auto& l) { return l.find(text) != l.npos; }));
  }
  std::uint64_t denied_at(const std::string& name, const std::string& key) {
    std::uint64_t count = 0;
    for (const auto& row : all.at(name).books()) {
      const auto found = row.dropped.find("denied");
      count += row.key == key && found != row.dropped.end() ? found->second : 0;
    }
    return count;
  }

  trust_domain domain;
  security::certificate order_paper =
      domain.certificate("order", 'a', {.provides = {"order"}, .publishes = {"order."}});
  security::certificate payment_paper =
      domain.certificate("payment", 'c', {.calls = {"order.echo"}, .subscribes = {"order."}});
  std::shared_ptr<sim::trust_box> order_box;
  std::shared_ptr<sim::trust_box> payment_box;
  cluster all{5};
  ear heard;
  std::optional<publisher<word>> say;
  int secrets_told = 0;
};

TEST_F(Certificates, GiveWhatTheySay) {
  start();
  EXPECT_TRUE(answers());
  const auto confirmed = subscribed();
  ASSERT_TRUE(confirmed && confirmed->has_value()) << all.log_tail();
  publish(1);
  EXPECT_TRUE(all.world.run_until([&] { return heard.heard.size() == 1; }, 1s));
  EXPECT_EQ(all.warnings(), 0U) << all.log_tail();
  expect_balance(all);
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
  EXPECT_TRUE(answers()) << "and the rest goes on";
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
  expect_balance(all);
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
