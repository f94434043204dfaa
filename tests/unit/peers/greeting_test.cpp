// SPDX-License-Identifier: MPL-2.0
#include "peers/greeting.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "security/node_mark.hpp"

namespace kith::peers {
namespace {

node_id id_of(std::uint8_t first) {
  node_id id;
  id.octets[0] = first;
  return id;
}

node_description the_order_node() {
  node_description self;
  self.id = id_of(1);
  self.domain = "kith";
  self.service = "order";
  self.instance = "order-1";
  self.inbox = "tcp://127.0.0.1:40001";
  self.outlet = "tcp://127.0.0.1:40002";
  return self;
}

wire::hello hello_of_payment() {
  wire::hello value;
  value.self = the_order_node();
  value.self.id = id_of(2);
  value.self.service = "payment";
  value.self.instance = "payment-1";
  value.expected = id_of(1);
  return value;
}

/// Its code, or none.
errc refused(const wire::hello& value, const proved_identity& who = {}) {
  const auto objection = objection_to(value, the_order_node(), who);
  return objection ? objection->code : errc{};
}

TEST(Greeting, AHelloOfAnotherNodeOfTheDomainIsGood) {
  EXPECT_EQ(refused(hello_of_payment()), errc{});
}

TEST(Greeting, AHelloIsRefusedForWhatIsWrongWithIt) {
  const auto with = [](const std::function<void(wire::hello&)>& change) {
    auto value = hello_of_payment();
    change(value);
    return refused(value);
  };
  EXPECT_EQ(with([](auto& v) { v.version_min = v.version_max = 9; }), errc::unsupported_version);
  EXPECT_EQ(with([](auto& v) { v.self.domain = "other"; }), errc::wrong_domain);
  EXPECT_EQ(with([](auto& v) { v.expected = id_of(7); }), errc::stale_incarnation);
  EXPECT_EQ(with([](auto& v) { v.self.id = id_of(1); }), errc::malformed) << "our own";
  EXPECT_EQ(with([](auto& v) { v.self.id = {}; }), errc::malformed);
  EXPECT_EQ(with([](auto& v) { v.self.instance = "a\nb"; }), errc::malformed);
  EXPECT_EQ(with([](auto& v) { v.expected = {}; }), errc{}) << "it means to reach anyone";
}

TEST(Greeting, WithKeysAHelloSaysTheNameOfTheKeyThatWasProved) {
  const security::known_key payment{"payment", "p"};
  const security::known_key thief{"thief", "t"};
  const std::string stock = "stock";
  const auto value = hello_of_payment();
  EXPECT_EQ(refused(value, {true, &payment}), errc{});
  EXPECT_EQ(refused(value, {true, nullptr}), errc::permission_denied) << "its key counts no more";
  EXPECT_EQ(refused(value, {true, &thief}), errc::permission_denied);
  EXPECT_EQ(refused(value, {true, &payment, &stock}), errc::permission_denied)
      << "the node of that id has proved another name";
  auto nameless = value;
  nameless.self.service.clear();
  EXPECT_EQ(refused(nameless, {true, &thief}), errc{}) << "a tool says no name";
}

TEST(Greeting, WithCertificatesAnIdIsOneOfItsService) {
  const security::known_key payment{"payment", "p"};
  auto value = hello_of_payment();
  EXPECT_EQ(refused(value, {true, &payment, nullptr, true}), errc::permission_denied);
  security::mark(value.self.id, "payment");
  EXPECT_EQ(refused(value, {true, &payment, nullptr, true}), errc{});
  wire::welcome answer;
  answer.self = the_order_node();
  EXPECT_TRUE(flaw_of(answer, the_order_node(), nullptr, true));
  security::mark(answer.self.id, answer.self.service);
  EXPECT_FALSE(flaw_of(answer, the_order_node(), nullptr, true));
}

TEST(Greeting, AWelcomeIsNoGoodForWhatIsWrongWithIt) {
  const security::known_key order{"order", "o"};
  node_description caller;
  caller.domain = "kith";
  caller.inbox = "tcp://127.0.0.1:40003";
  wire::welcome good;
  good.self = the_order_node();
  EXPECT_FALSE(flaw_of(good, caller, nullptr, false));
  EXPECT_FALSE(flaw_of(good, caller, &order, false));
  const auto with = [&](const std::function<void(wire::welcome&)>& change) {
    auto value = good;
    change(value);
    const auto flaw = flaw_of(value, caller, &order, false);
    return flaw ? flaw->what() : errc{};
  };
  EXPECT_EQ(with([](auto& v) { v.self.domain = "other"; }), errc::wrong_domain);
  EXPECT_EQ(with([](auto& v) { v.version = 9; }), errc::unsupported_version);
  EXPECT_EQ(with([](auto& v) { v.self.zone = "a\nb"; }), errc::malformed);
  EXPECT_EQ(with([](auto& v) { v.self.outlet = "tcp://10.0.0.1:1"; }), errc::malformed);
  EXPECT_EQ(with([](auto& v) { v.self.service = "payment"; }), errc::permission_denied);
}

TEST(Greeting, WhatACertificateDoesNotGiveIsTakenOut) {
  auto said = the_order_node();
  said.methods = {{"order.get", 1}, {"order.place", 2}};
  said.topics = {{"order.placed", 3}};
  const auto all = said;
  EXPECT_EQ(keep_what_is_given(said, {"order", "o", {}, true}), 0U);
  EXPECT_EQ(said, all) << "a keys file limits nobody";
  EXPECT_EQ(keep_what_is_given(said, {"order", "o"}), 3U);
  EXPECT_TRUE(said.methods.empty() && said.topics.empty());
}

}  // namespace
}  // namespace kith::peers
