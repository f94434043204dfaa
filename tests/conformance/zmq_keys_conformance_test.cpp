// SPDX-License-Identifier: MPL-2.0
// Keys on ZeroMQ's sockets: what only the real handler and the real library can show.

#include <gtest/gtest.h>

#include <atomic>

#include "conformance/raw_curve.hpp"
#include "support/test_keys.hpp"
#include "support/transport_rig.hpp"
#include "transport/zmq/zmq_context.hpp"

namespace {

using namespace std::chrono_literals;
using namespace kith::test;
using namespace kith::transport;
using kith::errc;
using kith::security::keyring;

security_policy with(const keyring& keys, std::string server_key = {}) {
  return {std::make_shared<const keyring>(keys), std::move(server_key)};
}

class ZmqKeys : public testing::Test {
 protected:
  struct end {
    std::unique_ptr<transport> wire;
    probe heard;
  };
  std::unique_ptr<end> join(const socket_timing& timing = {}) {
    auto made = std::make_unique<end>();
    made->wire = make_zmq_transport(loop, {}, context, nullptr, timing);
    made->wire->set_receiver(&made->heard);
    return made;
  }
  bool until(kith::unique_function<bool()> done,
             std::chrono::milliseconds limit = 5s * KITH_TIMEOUT_FACTOR) {
    bool late = false;
    bool answer = false;
    kith::runtime::timer_id timer{};
    kith::unique_function<void()> again = [&] { look = loop.after(5ms, [&again] { again(); }); };
    loop.enter([&] {
      timer = loop.after(limit, [&late] { late = true; });
      again();
    });
    loop.run_until([&] { return (answer = done()) || late; });
    loop.cancel(timer);
    loop.cancel(look);
    return answer;
  }

  void TearDown() override { let_go(); }
  void let_go() {
    hang = false;
    hang.notify_all();
  }

  std::atomic<bool> hang{false};  // of the handler; outlives its thread
  kith::runtime::timer_id look{};
  kith::runtime::asio_loop loop{1};
  std::shared_ptr<zmq_context> context = *make_zmq_context();
  const security_policy server_policy = with(ring_of(order_keys));
  const security_policy client_policy = with(ring_of(payment_keys), order_keys.public_key);
};

TEST_F(ZmqKeys, SayWhatIsWrongAndWhatToDo) {
  const auto server = join();
  const auto plain = join();
  const auto client = join();
  const auto keyed_at = *server->wire->bind_inbox("tcp://127.0.0.1:*", server_policy);
  const auto plain_at = *plain->wire->bind_inbox("tcp://127.0.0.1:*", {});
  const auto stranger = ring(stranger_keys, {{"order", order_keys.public_key}});
  struct trial {
    std::string at;
    security_policy policy;
    const char* says;
  };
  const trial trials[] = {
      {keyed_at, {}, "it wants keys and we have none: give us a keys file (--keys)"},
      {plain_at, client_policy, "it has no keys and we have: give it a keys file (--keys)"},
      {keyed_at, with(ring_of(payment_keys), stranger_keys.public_key),
       "its key is not the one that our keys file has for it"},
      {keyed_at, with(stranger, order_keys.public_key),
       "it refused our key (400): our own_public belongs into its keys file"},
  };
  for (const auto& [at, policy, says] : trials) {
    SCOPED_TRACE(says);
    const auto link = client->wire->dial(at, policy);
    ASSERT_TRUE(link);
    ASSERT_TRUE(until([&] { return client->heard.ends(*link) == 1; }));
    EXPECT_EQ(client->heard.links.back().what, link_event::handshake_failed);
    EXPECT_NE(client->heard.links.back().detail.find(says), std::string::npos)
        << client->heard.links.back().detail;
  }
  EXPECT_TRUE(until([&] {
    const auto counted = server->wire->counters();
    return counted.keys_refused == 1 && counted.handshakes_failed >= 2;
  }));
}

TEST_F(ZmqKeys, ThatAreNoPairAreRefusedBeforeAnythingIsBound) {
  const auto server = join();
  kith::security::key_pair mixed{order_keys.public_key, payment_keys.secret_key};
  const auto bound = server->wire->bind_inbox("tcp://127.0.0.1:*", with(ring_of(mixed)));
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().what(), errc::bad_config);
  EXPECT_NE(bound.error().message.find("own_public does not belong to own_secret"),
            std::string::npos);
  EXPECT_EQ(bound.error().message.find(payment_keys.secret_key), std::string::npos);
}

TEST_F(ZmqKeys, AHandlerThatHangsLeavesStandingLinksAlone) {
  ASSERT_TRUE(context->zap([this] { hang.wait(true); }));
  const auto server = join();
  const auto client = join();
  const auto at = *server->wire->bind_inbox("tcp://127.0.0.1:*", server_policy);
  const auto standing = *client->wire->dial(at, client_policy);
  ASSERT_TRUE(until([&] { return client->heard.saw(standing, link_event::connected); }));
  hang = true;
  const auto late = *client->wire->dial(at, client_policy);
  for (std::size_t i = 1; i <= 20; ++i) {
    client->wire->send(standing, "still there?");
    ASSERT_TRUE(until([&] { return server->heard.packets.size() == i; }, 1s * KITH_TIMEOUT_FACTOR));
  }
  EXPECT_FALSE(client->heard.saw(late, link_event::connected));
  let_go();
  EXPECT_TRUE(until([&] { return client->heard.saw(late, link_event::connected); }))
      << "and it was only late";
}

TEST_F(ZmqKeys, ALoopThatIsBusyDoesNotStallHandshakes) {
  // The server's own loop never turns: the handshake is libzmq's and the handler's.
  kith::runtime::asio_loop idle{2};
  auto server = make_zmq_transport(idle, {}, context);
  probe unheard;
  server->set_receiver(&unheard);
  const auto at = *server->bind_inbox("tcp://127.0.0.1:*", server_policy);
  const auto client = join();
  const auto link = *client->wire->dial(at, client_policy);
  EXPECT_TRUE(until([&] { return client->heard.saw(link, link_event::connected); }));
}

TEST_F(ZmqKeys, StopInTimeInTheMiddleOfHandshakes) {
  for (int round = 0; round < 20; ++round) {
    context = *make_zmq_context();
    auto server = join();
    auto client = join();
    const auto at = *server->wire->bind_inbox("tcp://127.0.0.1:*", server_policy);
    for (int i = 0; i < 5; ++i) {
      const auto link = client->wire->dial(at, client_policy);
      client->wire->send(*link, "hello");
    }
    if (round % 2 == 0) {
      until([&] { return !server->heard.packets.empty(); }, 1s);
    }
    context.reset();
    const auto begin = std::chrono::steady_clock::now();
    client->wire->stop(50ms);
    server->wire->stop(50ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s * KITH_TIMEOUT_FACTOR);
  }
}

/// A publisher by certificates, whose news payment may hear and the stranger may not.
class ZmqRights : public ZmqKeys {
 protected:
  using keyring_ptr = std::shared_ptr<const keyring>;
  static keyring_ptr certified(const kith::security::key_pair& own,
                               std::vector<kith::security::known_key> known) {
    return std::make_shared<const keyring>(own, kith::security::known_key{"us", own.public_key},
                                           std::move(known));
  }
  ZmqRights() {
    publisher->heard.approves = [this](std::string_view key, std::string_view filter) {
      return key == payment_keys.public_key && filter == "news" && !revoked;
    };
    outlet = *publisher->wire->bind_outlet("tcp://127.0.0.1:*", {ring, {}});
    follow();
    EXPECT_TRUE(until([&] { return publisher->heard.topics.size() == 1; }));
  }
  void follow() {
    link = *honest->wire->follow(
        outlet,
        {certified(payment_keys, {{"order", order_keys.public_key}}), order_keys.public_key});
    honest->wire->subscribe(link, "news");
  }
  std::unique_ptr<raw_curve_subscriber> stranger() {
    return std::make_unique<raw_curve_subscriber>(outlet, stranger_keys, order_keys.public_key);
  }
  bool denied(std::size_t count) {
    return until([&] { return publisher->heard.denied.size() == count; });
  }

  bool revoked = false;
  const keyring_ptr ring = certified(
      order_keys, {{"payment", payment_keys.public_key}, {"guest", stranger_keys.public_key}});
  std::unique_ptr<end> publisher = join();
  std::unique_ptr<end> honest = join();
  std::string outlet;
  link_id link{};
};

TEST_F(ZmqRights, NobodysCancelTakesASubscriptionFromAnother) {
  const auto first = stranger();
  for (int i = 0; i < 3; ++i) {
    first->cancel("news");
  }
  first->subscribe("anything");
  ASSERT_TRUE(denied(1));
  // Nor one of who was refused it before, on this connection or on one that has ended.
  auto second = stranger();
  second->subscribe("news");
  second->subscribe("news");
  second->cancel("news");
  second->cancel("news");
  second->subscribe("news");
  ASSERT_TRUE(denied(4));
  second.reset();
  second = stranger();
  second->cancel("news");
  second->subscribe("anything");
  ASSERT_TRUE(denied(5));
  until([] { return false; }, 100ms);
  EXPECT_EQ(publisher->heard.topics.size(), 1U) << "payment is subscribed all the time";
  publisher->wire->publish("news 1");
  EXPECT_TRUE(until([&] { return honest->heard.events.size() == 1; }));
}

TEST_F(ZmqRights, WhoIsRevokedIsCutWhoeverHasCancelled) {
  const auto accomplice = stranger();
  for (int i = 0; i < 3; ++i) {
    accomplice->cancel("news");
  }
  accomplice->subscribe("anything");
  ASSERT_TRUE(denied(1));
  ASSERT_TRUE(publisher->wire->use_keys(ring));
  EXPECT_EQ(publisher->wire->counters().outlets_recreated, 0U) << "all may hear what they hear";
  revoked = true;
  ASSERT_TRUE(publisher->wire->use_keys(ring));
  EXPECT_TRUE(until([&] { return honest->heard.ends(link) == 1; }));
  EXPECT_EQ(publisher->wire->counters().outlets_recreated, 1U);
}

TEST_F(ZmqRights, WhoHasGoneIsNoReasonToCutTheOthers) {
  auto gone = std::make_unique<raw_curve_subscriber>(outlet, stranger_keys, order_keys.public_key);
  publisher->heard.approves = [this](std::string_view key, std::string_view filter) {
    return filter == "news" && (key == payment_keys.public_key || !revoked);
  };
  gone->subscribe("news");
  gone->subscribe("anything");
  ASSERT_TRUE(denied(1));
  gone.reset();
  revoked = true;
  until([] { return false; }, 400ms * KITH_TIMEOUT_FACTOR);
  ASSERT_TRUE(publisher->wire->use_keys(ring));
  EXPECT_EQ(publisher->wire->counters().outlets_recreated, 0U);
  EXPECT_EQ(publisher->heard.topics.size(), 1U);
}

}  // namespace
