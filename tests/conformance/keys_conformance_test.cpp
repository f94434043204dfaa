// SPDX-License-Identifier: MPL-2.0
// Keys, as every transport must keep them: who may connect, who is believed, and under which name.

#include "conformance/transport_contract.hpp"
#include "support/test_keys.hpp"

namespace {

using namespace std::chrono_literals;
using namespace kith::test;
using kith::security::key_pair;
using kith::security::keyring;
using kith::transport::security_policy;

class TransportKeys : public TransportContract {
 protected:
  static security_policy with(const keyring& keys, std::string server_key = {}) {
    return {std::make_shared<const keyring>(keys), std::move(server_key)};
  }
  party& serve_with(const security_policy& policy) {
    party& made = net().join();
    made.inbox = made.wire->bind_inbox(net().fresh_endpoint(), policy).value();
    made.outlet = made.wire->bind_outlet(net().fresh_endpoint(), policy).value();
    return made;
  }
  party& order() { return serve_with(with(ring_of(order_keys))); }
  link_event outcome(party& client, const std::string& at, const security_policy& policy) {
    const auto link = client.wire->dial(at, policy);
    EXPECT_TRUE(link) << link.error().message;
    client.wire->send(*link, "let me in");
    EXPECT_TRUE(net().until([&] {
      return client.heard.ends(*link) + client.heard.count(*link, link_event::connected) > 0;
    }));
    return client.heard.links.back().what;
  }
};

INSTANTIATE_TEST_SUITE_P(All, TransportKeys, every_transport(), name_of_kind);

TEST_P(TransportKeys, LetInWhoIsKnownUnderItsName) {
  party& server = order();
  party& client = net().join();
  EXPECT_EQ(outcome(client, server.inbox, with(ring_of(payment_keys), order_keys.public_key)),
            link_event::connected);
  ASSERT_TRUE(net().until([&] { return server.heard.packets.size() == 1; }));
  EXPECT_EQ(server.wire->key_of(server.heard.packets[0].from), payment_keys.public_key);
  server.wire->send(server.heard.packets[0].from, "welcome");
  EXPECT_TRUE(net().until([&] { return client.heard.packets.size() == 1; }));
}

TEST_P(TransportKeys, LetAFollowerHearWhatIsPublished) {
  party& server = order();
  party& client = net().join();
  const auto link =
      client.wire->follow(server.outlet, with(ring_of(payment_keys), order_keys.public_key));
  client.wire->subscribe(*link, "news");
  ASSERT_TRUE(net().until([&] { return !server.heard.topics.empty(); }));
  server.wire->publish("news");
  EXPECT_TRUE(net().until([&] { return client.heard.events.size() == 1; }));
}

TEST_P(TransportKeys, RefuseAStrangerAndAPlainOne) {
  party& server = order();
  party& client = net().join();
  const auto stranger = ring(stranger_keys, {{"order", order_keys.public_key}});
  EXPECT_EQ(outcome(client, server.inbox, with(stranger, order_keys.public_key)),
            link_event::handshake_failed);
  EXPECT_EQ(outcome(client, server.inbox, {}), link_event::handshake_failed);
  const auto follower = client.wire->follow(server.outlet, {});
  EXPECT_TRUE(net().until([&] { return client.heard.ends(*follower) == 1; }));
  EXPECT_TRUE(server.heard.packets.empty()) << "nothing of theirs came in";
}

TEST_P(TransportKeys, AreNotGivenUpForAServerWithAnotherOneOrNone) {
  party& keyed = order();
  party& plain = net().serve();
  party& client = net().join();
  const auto ours = ring(payment_keys, {{"order", next_order_keys.public_key}});
  EXPECT_EQ(outcome(client, keyed.inbox, with(ours, next_order_keys.public_key)),
            link_event::handshake_failed);
  EXPECT_EQ(outcome(client, plain.inbox, with(ring_of(payment_keys), order_keys.public_key)),
            link_event::handshake_failed);
  EXPECT_TRUE(keyed.heard.packets.empty());
  EXPECT_TRUE(plain.heard.packets.empty());
}

TEST_P(TransportKeys, AreThoseOfTheirOwnSocketsOnly) {
  // Two nodes of one process: each knows somebody else.
  party& first = serve_with(with(ring(order_keys, {{"payment", payment_keys.public_key}})));
  party& second = serve_with(with(ring(order_keys, {{"guest", stranger_keys.public_key}})));
  party& client = net().join();
  const auto payment = with(ring_of(payment_keys), order_keys.public_key);
  const auto guest = with(ring_of(stranger_keys), order_keys.public_key);
  EXPECT_EQ(outcome(client, first.inbox, payment), link_event::connected);
  EXPECT_EQ(outcome(client, second.inbox, payment), link_event::handshake_failed);
  EXPECT_EQ(outcome(client, first.inbox, guest), link_event::handshake_failed);
  EXPECT_EQ(outcome(client, second.inbox, guest), link_event::connected);
}

class TransportRights : public TransportKeys {
 protected:
  /// As from certificates, of which the transport knows only that there are some.
  static security_policy certified(const key_pair& own, std::vector<key_pair> known,
                                   std::string server_key = {}) {
    std::vector<kith::security::known_key> keys;
    for (const auto& one : known) {
      keys.push_back({"somebody", one.public_key});
    }
    return {std::make_shared<const keyring>(own, kith::security::known_key{"us", own.public_key},
                                            std::move(keys)),
            std::move(server_key)};
  }
  party& publisher(const key_pair& own = order_keys) {
    party& made = serve_with(certified(own, {payment_keys, stranger_keys}));
    made.heard.approves = [](std::string_view key, std::string_view filter) {
      return key == payment_keys.public_key && filter == "good";
    };
    return made;
  }
  struct follower {
    party* who;
    link_id link;
  };
  follower subscriber(const party& to, const key_pair& own, const key_pair& server = order_keys) {
    party& made = net().join();
    const auto link = made.wire->follow(
        to.outlet, certified(own, {order_keys, next_order_keys}, server.public_key));
    EXPECT_TRUE(link);
    return {&made, *link};
  }
};

INSTANTIATE_TEST_SUITE_P(All, TransportRights, every_transport(), name_of_kind);

TEST_P(TransportRights, OnlyWhatIsApprovedIsHeard) {
  party& server = publisher();
  const auto client = subscriber(server, payment_keys);
  const auto other = subscriber(server, stranger_keys);
  client.who->wire->subscribe(client.link, "bad");
  client.who->wire->subscribe(client.link, "good");
  other.who->wire->subscribe(other.link, "good");
  ASSERT_TRUE(net().until(
      [&] { return server.heard.topics.size() == 1 && server.heard.denied.size() == 2; }));
  EXPECT_EQ(server.heard.topics[0], std::pair(std::string{"good"}, true));
  EXPECT_EQ(server.wire->counters().subscriptions_denied, 2U);
  for (int round = 0; round < 3; ++round) {
    server.wire->publish("bad news");
    server.wire->publish("good news");
  }
  ASSERT_TRUE(net().until([&] { return client.who->heard.events.size() >= 3; }));
  net().until([] { return false; }, 200ms);
  EXPECT_EQ(client.who->heard.events.size(), 3U);
  EXPECT_TRUE(other.who->heard.events.empty());
}

TEST_P(TransportRights, ASubscriptionEndsWithItsSubscribers) {
  party& server = publisher();
  const auto first = subscriber(server, payment_keys);
  const auto second = subscriber(server, payment_keys);
  first.who->wire->subscribe(first.link, "good");
  second.who->wire->subscribe(second.link, "good");
  ASSERT_TRUE(net().until([&] { return server.heard.topics.size() == 1; }));
  // Until both are there, nobody can tell the second one's subscription from the outside.
  ASSERT_TRUE(net().until([&] {
    server.wire->publish("good news");
    return !first.who->heard.events.empty() && !second.who->heard.events.empty();
  }));
  first.who->wire->unsubscribe(first.link, "good");
  net().until([] { return false; }, 200ms);
  EXPECT_EQ(server.heard.topics.size(), 1U) << "one is left";
  second.who->wire->close(second.link);
  ASSERT_TRUE(net().until([&] { return server.heard.topics.size() == 2; }));
  EXPECT_EQ(server.heard.topics[1], std::pair(std::string{"good"}, false));
}

TEST_P(TransportRights, WhoMayHearNoMoreHasToComeBackAndOthersToo) {
  party& server = publisher();
  const auto client = subscriber(server, payment_keys);
  client.who->wire->subscribe(client.link, "good");
  ASSERT_TRUE(net().until([&] { return server.heard.topics.size() == 1; }));
  const auto ring = certified(order_keys, {payment_keys, stranger_keys}).keys;
  ASSERT_TRUE(server.wire->use_keys(ring));
  net().until([] { return false; }, 200ms);
  EXPECT_EQ(client.who->heard.ends(client.link), 0U) << "nothing has changed for it";
  server.heard.approves = [](std::string_view, std::string_view) { return false; };
  ASSERT_TRUE(server.wire->use_keys(ring));
  ASSERT_TRUE(net().until([&] { return client.who->heard.ends(client.link) == 1; }));
  const auto again = client.who->wire->follow(
      server.outlet, certified(payment_keys, {order_keys}, order_keys.public_key));
  client.who->wire->subscribe(*again, "good");
  ASSERT_TRUE(net().until([&] { return server.heard.denied.size() == 1; }));
  server.wire->publish("good news");
  net().until([] { return false; }, 200ms);
  EXPECT_TRUE(client.who->heard.events.empty());
}

TEST_P(TransportRights, WhoIsTakenOutOfTheRingComesInNoMore) {
  party& server = publisher();
  party& client = net().join();
  const auto ours = certified(payment_keys, {order_keys}, order_keys.public_key);
  EXPECT_EQ(outcome(client, server.inbox, ours), link_event::connected);
  ASSERT_TRUE(server.wire->use_keys(certified(order_keys, {stranger_keys}).keys));
  EXPECT_EQ(outcome(client, server.inbox, ours), link_event::handshake_failed);
  ASSERT_TRUE(server.wire->use_keys(certified(order_keys, {payment_keys}).keys));
  EXPECT_EQ(outcome(client, server.inbox, ours), link_event::connected);
}

TEST_P(TransportRights, AnExchangedPairIsThatOfTheSameAddresses) {
  party& server = publisher();
  party& client = net().join();
  const auto before = certified(payment_keys, {order_keys}, order_keys.public_key);
  const auto after = certified(payment_keys, {order_keys}, next_order_keys.public_key);
  const auto link = *client.wire->dial(server.inbox, before);
  client.wire->send(link, "hello");
  ASSERT_TRUE(net().until([&] { return server.heard.packets.size() == 1; }));
  ASSERT_TRUE(server.wire->use_keys(certified(next_order_keys, {payment_keys}).keys));
  ASSERT_TRUE(net().until([&] { return client.heard.ends(link) == 1; })) << "all begin anew";
  EXPECT_EQ(outcome(client, server.inbox, before), link_event::handshake_failed);
  EXPECT_EQ(outcome(client, server.inbox, after), link_event::connected);
  const auto listener = subscriber(server, payment_keys, next_order_keys);
  listener.who->wire->subscribe(listener.link, "good");
  ASSERT_TRUE(net().until([&] { return !server.heard.topics.empty(); }));
}

}  // namespace
