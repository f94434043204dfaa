// SPDX-License-Identifier: MPL-2.0
// Somebody on the network who is no node of ours, and what a node does with him.

#include <gtest/gtest.h>

#include <variant>

#include "node/gossip/gossip_contract.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "wire/envelope.hpp"

namespace kith::test {
namespace {

/// Speaks envelopes by hand, and keeps what he hears.
class stranger final : public transport::receiver {
 public:
  explicit stranger(sim::host& on) : host_{on} {
    host_.enter([this] { host_.transport().set_receiver(this); });
    self.id.octets.fill(7);
    self.incarnation = 1;
    self.domain = "kith";
    self.service = self.instance = "stranger";
    self.inbox = "tcp://127.0.0.1:9";  // nobody listens there
    self.outlet = "tcp://127.0.0.1:10";
  }
  /// Has an inbox of his own, and answers each hello there like this.
  void answer_with(bytes packet) {
    answer_ = std::move(packet);
    host_.enter(
        [&] { self.inbox = host_.transport().bind_inbox("tcp://127.0.0.1:*", {}).value(); });
  }
  void dial(const std::string& inbox) {
    host_.enter([&] { link_ = host_.transport().dial(inbox, {}).value(); });
  }
  template <class Envelope>
  void say(const Envelope& what) {
    bytes packet;
    wire::append(packet, what);
    send(std::move(packet));
  }
  /// Tells the node of that incarnation of a third one, as gossip does.
  void tell(incarnation target, const gossip_update& of) {
    const auto body = encode(gossip_request{0, {of}, std::nullopt});
    wire::request request;
    request.id = ++last_request_;
    request.target = target;
    request.time_left_ms = 1000;
    request.method = gossip.name;
    request.body = body;
    say(request);
  }
  void send(bytes packet) {
    host_.enter([&] { host_.transport().send(link_, std::move(packet)); });
  }

  void on_packet(transport::link_id from, byte_view packet) override {
    const wire::limits bounds;
    wire::envelope_reader reader{packet, bounds};
    for (auto next = reader.next(); next && next->has_value(); next = reader.next()) {
      if (const auto* refusal = std::get_if<wire::refuse>(&**next)) {
        refusals.push_back(refusal->code);
      }
      if (const auto* answer = std::get_if<wire::reply>(&**next)) {
        replies.emplace_back(answer->body);
      }
      if (std::holds_alternative<wire::hello>(**next)) {
        host_.transport().send(from, bytes{answer_});
      }
      welcomes += std::holds_alternative<wire::welcome>(**next) ? 1 : 0;
      pongs += std::holds_alternative<wire::pong>(**next) ? 1 : 0;
    }
  }
  void on_link(transport::link_id, transport::link_event, std::string_view) override {}
  void on_writable(transport::link_id) override {}
  void on_event(transport::link_id, byte_view) override {}
  void on_subscription(std::string_view, bool) override {}
  void on_bad_packet(transport::link_id, std::string_view) override {}

  node_description self;
  std::vector<errc> refusals;
  std::vector<std::string> replies;
  int welcomes = 0;
  int pongs = 0;

 private:
  sim::host& host_;
  transport::link_id link_ = transport::link_id::none;
  std::uint64_t last_request_ = 0;
  bytes answer_;
};

gossip_update a_lie(const std::string& inbox) {
  gossip_update lie;
  lie.id = std::string(32, 'a');
  lie.state = "alive";
  lie.incarnation = 1;
  lie.service = "lie";
  lie.instance = "lie-1";
  lie.inbox = inbox;
  return lie;
}

class Stranger : public testing::Test {
 protected:
  Stranger() {
    all.world.keep_trace(false);
    all.add("order-1", [](node& n) { n.serve(echo, [](const word& what) { return what; }); });
    all.add("payment-1");
    EXPECT_TRUE(all.settle());
    him.dial(all.at("order-1").description().inbox);
  }
  wire::hello hello() const {
    wire::hello greeting;
    greeting.self = him.self;
    return greeting;
  }
  void expect_refused(errc code) {
    all.world.run_for(10ms);
    EXPECT_EQ(him.refusals, std::vector{code});
    // Once told why, he is ignored; the others do not notice.
    him.say(hello());
    him.say(wire::ping{1, 0});
    all.world.run_for(10ms);
    EXPECT_EQ(him.refusals.size(), 1U);
    EXPECT_EQ(him.welcomes, 0);
    EXPECT_EQ(him.pongs, 0);
    EXPECT_TRUE(all.call("payment-1", "order", echo, {"x", 1}).good());
  }

  /// Of what peers sent to order-1.
  std::uint64_t refused(const std::string& reason) {
    std::uint64_t sum = 0;
    for (const auto& row : all.at("order-1").books()) {
      if (row.scope == "peer" && row.dropped.contains(reason)) {
        sum += row.dropped.at(reason);
      }
    }
    return sum;
  }
  std::uint64_t dropped_hearsay(std::string_view key, const std::string& reason) {
    for (const auto& row : all.at("order-1").books()) {
      if (row.scope == "hearsay" && row.key == key) {
        const auto found = row.dropped.find(reason);
        return found == row.dropped.end() ? 0 : found->second;
      }
    }
    return 0;
  }
  bool knows(std::string_view viewer, const std::string& id) {
    for (const auto& row : all.at(viewer).members()) {
      if (row.id == id) {
        return true;
      }
    }
    return false;
  }

  void TearDown() override { expect_balance(all); }

  cluster all{1};
  sim::host& host = all.world.add_node("stranger");
  stranger& him = host.make<stranger>(host);
};

TEST_F(Stranger, WhoGreetsIsWelcome) {
  him.say(hello());
  him.say(wire::ping{1, 0});
  all.world.run_for(10ms);
  EXPECT_EQ(him.welcomes, 1);
  EXPECT_EQ(him.pongs, 1);
  EXPECT_TRUE(him.refusals.empty());
}

TEST_F(Stranger, WhoAsksWithItsLastWordLeavesNoAnswerInFlight) {
  auto greeting = hello();
  greeting.opening = wire::link_opening{1, 0};
  him.say(greeting);
  all.world.run_for(10ms);
  const auto body = encode(word{"x", 1});
  wire::request asked;
  asked.id = 1;
  asked.target = all.at("order-1").description().incarnation;
  asked.time_left_ms = 1000;
  asked.method = echo.name;
  asked.body = body;
  bytes packet;  // one turn writes the answer and ends the count
  wire::append(packet, asked);
  wire::append(packet, wire::ping{0, 0, wire::link_counts{1, 0}});
  him.send(std::move(packet));
  all.world.run_for(3min);  // he is forgotten, and so is his link
  EXPECT_TRUE(him.replies.empty());
  EXPECT_EQ(refused("peer_lost"), 1U) << all.log_tail();
}

TEST_F(Stranger, WhoDoesNotGreetIsRefused) {
  him.say(wire::ping{1, 0});
  expect_refused(errc::not_greeted);
}

TEST_F(Stranger, OfAnotherDomainIsRefused) {
  auto greeting = hello();
  greeting.self.domain = "elsewhere";
  him.say(greeting);
  expect_refused(errc::wrong_domain);
}

TEST_F(Stranger, OfAnotherVersionIsRefused) {
  auto greeting = hello();
  greeting.version_min = 2;
  greeting.version_max = 9;
  him.say(greeting);
  expect_refused(errc::unsupported_version);
}

TEST_F(Stranger, WhoMeansAnotherNodeIsRefused) {
  auto greeting = hello();
  greeting.expected.octets.fill(9);
  him.say(greeting);
  expect_refused(errc::stale_incarnation);
}

TEST_F(Stranger, WithoutAnIdIsRefused) {
  him.self.id = {};
  him.say(hello());
  expect_refused(errc::malformed);
}

TEST_F(Stranger, WhoSendsWhatIsNoEnvelopeIsRefused) {
  him.send(bytes{"\xc1"});
  expect_refused(errc::malformed);
}

TEST_F(Stranger, WhoAnswersBeyondALimitIsCountedAsThat) {
  bytes packet;
  wire::append(packet, wire::refuse{errc::malformed, std::string(5000, 'x')});
  him.answer_with(packet);
  him.say(hello());
  all.world.run_for(50ms);
  EXPECT_GE(refused("too_large"), 1U);
  EXPECT_EQ(refused("malformed"), 0U);
}

TEST_F(Stranger, OnAnotherMachineIsNotDialledByANodeOnLoopback) {
  him.self.inbox = "tcp://10.0.0.7:5555";
  him.say(hello());
  all.world.run_for(1s);
  EXPECT_EQ(him.welcomes, 1);
  EXPECT_EQ(dropped_hearsay("hello", "bad_address"), 1U);
  EXPECT_EQ(all.at("order-1").members().size(), 1U);
}

TEST_F(Stranger, TellsOfNobodyBeyondLoopbackAndOfNobodyWithoutAnAddress) {
  him.say(hello());
  const auto target = all.at("order-1").description().incarnation;
  him.tell(target, a_lie("tcp://10.0.0.7:5555"));
  him.tell(target, a_lie("tcp://0.0.0.0:5555"));
  auto nameless = a_lie("tcp://127.0.0.1:9");
  nameless.instance = "\x1b[2J";
  him.tell(target, nameless);
  auto unknown_state = a_lie("tcp://127.0.0.1:9");
  unknown_state.state = "asleep";
  him.tell(target, unknown_state);
  all.world.run_for(1s);
  EXPECT_EQ(him.replies.size(), 4U);
  EXPECT_EQ(dropped_hearsay("gossip", "bad_address"), 2U);
  EXPECT_EQ(dropped_hearsay("gossip", "malformed"), 2U);
  EXPECT_FALSE(knows("order-1", a_lie({}).id));
}

TEST_F(Stranger, WhoCannotBeDialledIsNotBelieved) {
  him.self.inbox.clear();
  him.say(hello());
  him.tell(all.at("order-1").description().incarnation, a_lie("tcp://127.0.0.1:9"));
  all.world.run_for(1s);
  EXPECT_EQ(dropped_hearsay("gossip", "not_greeted"), 1U);
  EXPECT_FALSE(knows("order-1", a_lie({}).id));
}

TEST_F(Stranger, WhoseAddressLeadsNowhereIsForgottenWhenHeIsSilent) {
  him.self.inbox = "tcp://192.0.2.1:9";
  him.say(hello());
  all.world.run_for(100ms);
  ASSERT_EQ(him.welcomes, 1);
  all.world.run_for(10s);
  for (const auto& row : all.at("order-1").books()) {
    EXPECT_NE(row.key, him.self.id.to_string());
  }
}

TEST_F(Stranger, MakesNobodyAliveByTellingOfHim) {
  him.say(hello());
  him.tell(all.at("order-1").description().incarnation, a_lie("tcp://127.0.0.1:9"));
  all.world.run_for(1s);
  ASSERT_TRUE(knows("order-1", a_lie({}).id));     // and dialled
  EXPECT_FALSE(knows("payment-1", a_lie({}).id));  // and not told of
  all.world.run_for(5s);
  for (const auto& row : all.at("order-1").members()) {
    EXPECT_TRUE(row.id != a_lie({}).id || (row.state == "dead" && !row.in_rotation));
  }
}

TEST_F(Stranger, WhoseAddressIsDeadIsForgottenWhileHeGoesOnTalking) {
  him.say(hello());
  for (int i = 0; i < 400; ++i) {  // two minutes
    him.say(wire::ping{static_cast<std::uint64_t>(i), 0});
    all.world.run_for(300ms);
  }
  EXPECT_EQ(him.pongs, 400);
  const auto id = him.self.id.to_string();
  for (const auto& row : all.at("order-1").members()) {
    EXPECT_NE(row.id, id);
  }
  bool gone = false;
  for (const auto& row : all.at("order-1").books()) {
    std::uint64_t out = row.delivered + row.in_flight;
    for (const auto& [reason, count] : row.dropped) {
      out += count;
    }
    EXPECT_EQ(row.sent, out) << row.scope << ' ' << row.key;
    EXPECT_NE(row.key, id);
    gone = gone || (row.key == "(gone)" && row.direction == "inbound" && row.sent > 400);
  }
  EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace kith::test
