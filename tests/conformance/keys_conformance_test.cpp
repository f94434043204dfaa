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
    client.wire->send(*link, {"let me in", {}});
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
  EXPECT_EQ(server.wire->key_name(server.heard.packets[0].from), "payment");
  server.wire->send(server.heard.packets[0].from, {"welcome", {}});
  EXPECT_TRUE(net().until([&] { return client.heard.packets.size() == 1; }));
}

TEST_P(TransportKeys, LetAFollowerHearWhatIsPublished) {
  party& server = order();
  party& client = net().join();
  const auto link =
      client.wire->follow(server.outlet, with(ring_of(payment_keys), order_keys.public_key));
  client.wire->subscribe(*link, "news");
  ASSERT_TRUE(net().until([&] { return !server.heard.topics.empty(); }));
  server.wire->publish({"news", {}});
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

}  // namespace
