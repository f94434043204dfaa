// SPDX-License-Identifier: MPL-2.0
#pragma once

// Two nodes with certificates, and whoever has keys and keeps to no rules.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <kith/introspection.hpp>

#include "node/trust/trust_watch.hpp"
#include "security/node_mark.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/test_trust.hpp"
#include "wire/envelope.hpp"

namespace kith::test {

inline constexpr method<word, word> order_echo{"order.echo", idempotent};
inline constexpr method<word, word> order_secret{"order.secret", idempotent};
inline constexpr topic<word> order_said{"order.said"};

/// Has good keys and speaks by hand.
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
  impostor(sim::host& on, transport::security_policy policy)
      : host_{on}, policy_{std::move(policy)} {
    host_.enter([this] { host_.transport().set_receiver(this); });
  }
  void dial(const std::string& inbox) {
    host_.enter([&] { link_ = host_.transport().dial(inbox, policy_).value(); });
  }
  void greet(const std::string& inbox, const node_id& as) {
    dial(inbox);
    say_hello(as);
  }
  void say_hello(const node_id& as) {
    wire::hello greeting;
    greeting.self.id = as;
    greeting.self.domain = "kith";
    greeting.self.instance = "order-1";
    say(greeting);
  }
  void follow(const std::string& outlet, std::string_view filter) {
    host_.enter([&] {
      const auto publisher = host_.transport().follow(outlet, policy_).value();
      host_.transport().subscribe(publisher, filter);
    });
  }
  template <class Envelope>
  void say(const Envelope& what) {
    bytes packet;
    wire::append(packet, what);
    send(std::move(packet));
  }
  void ask(incarnation target, std::string_view method, std::string_view body) {
    wire::request request;
    request.id = ++last_request_;
    request.target = target;
    request.time_left_ms = 1000;
    request.method = method;
    request.body = body;
    say(request);
  }
  void send(bytes packet) {
    host_.enter([&] { host_.transport().send(link_, std::move(packet)); });
  }

  void on_packet(transport::link_id /*from*/, byte_view packet) override {
    const wire::limits bounds;
    wire::envelope_reader reader{packet, bounds};
    for (auto next = reader.next(); next && *next; next = reader.next()) {
      if (const auto* refusal = std::get_if<wire::refuse>(&**next)) {
        refused = refusal->code;
      }
      if (const auto* bad = std::get_if<wire::error_reply>(&**next)) {
        errors.push_back(bad->code);
      }
      welcomes += std::holds_alternative<wire::welcome>(**next) ? 1 : 0;
      replies += std::holds_alternative<wire::reply>(**next) ? 1 : 0;
    }
  }
  void on_link(transport::link_id, transport::link_event what, std::string_view) override {
    ended += what == transport::link_event::connected ? 0 : 1;
  }
  void on_writable(transport::link_id) override {}
  void on_event(transport::link_id, byte_view) override { ++events; }
  void on_subscription(std::string_view, bool) override {}
  void on_bad_packet(transport::link_id, std::string_view) override {}

  std::optional<errc> refused;
  std::vector<errc> errors;  ///< that answered its requests
  int welcomes = 0;
  int replies = 0;
  int events = 0;
  int ended = 0;  ///< links

 private:
  sim::host& host_;
  transport::security_policy policy_;
  transport::link_id link_ = transport::link_id::none;
  std::uint64_t last_request_ = 0;
};

inline task<void> wait_for(subscription& line, std::optional<result<void>>& into) {
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
  void TearDown() override { expect_balance(all); }

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

}  // namespace kith::test
