// SPDX-License-Identifier: MPL-2.0
// The contract of transport/transport.hpp on events and datagrams.

#include "conformance/transport_contract.hpp"

namespace {

using namespace std::chrono_literals;
using kith::errc;
using kith::transport::socket_limits;
using namespace kith::test;

class TransportEvents : public TransportContract {};

INSTANTIATE_TEST_SUITE_P(All, TransportEvents, every_transport(), name_of_kind);

TEST_P(TransportEvents, FiltersEventsByPrefixAtThePublisher) {
  party& publisher = net().serve();
  party& reader = net().join();
  const auto link = net().follow(reader, publisher);
  reader.wire->subscribe(link, "order.");
  ASSERT_TRUE(net().until([&] { return publisher.heard.topics.size() == 1; }));
  EXPECT_EQ(publisher.heard.topics[0], (std::pair<std::string, bool>{"order.", true}));
  publisher.wire->publish("payment.captured");
  publisher.wire->publish("order.placed");
  publisher.wire->publish("order.settled");
  ASSERT_TRUE(net().until([&] { return reader.heard.events.size() == 2; }));
  EXPECT_EQ(reader.heard.events[0].text, "order.placed");
  EXPECT_EQ(reader.heard.events[1].text, "order.settled");
  EXPECT_EQ(reader.heard.events[0].from, link);
}

TEST_P(TransportEvents, SubscribingBeforeTheConnectionWaitsForIt) {
  party& publisher = net().serve();
  party& reader = net().join();
  const auto link = reader.wire->follow(publisher.outlet, {});
  reader.wire->subscribe(*link, "a");
  EXPECT_TRUE(net().until([&] { return publisher.heard.topics.size() == 1; }));
}

TEST_P(TransportEvents, UnsubscribedTopicsStop) {
  party& publisher = net().serve();
  party& reader = net().join();
  const auto link = net().follow(reader, publisher);
  reader.wire->subscribe(link, "a");
  reader.wire->subscribe(link, "b");
  ASSERT_TRUE(net().until([&] { return publisher.heard.topics.size() == 2; }));
  reader.wire->unsubscribe(link, "a");
  ASSERT_TRUE(net().until([&] { return publisher.heard.topics.size() == 3; }));
  EXPECT_EQ(publisher.heard.topics[2], (std::pair<std::string, bool>{"a", false}));
  publisher.wire->publish("a1");
  publisher.wire->publish("b1");
  ASSERT_TRUE(net().until([&] { return !reader.heard.events.empty(); }));
  EXPECT_EQ(reader.heard.events[0].text, "b1");
}

TEST_P(TransportEvents, OnlyTheFirstSubscriptionOfATopicIsSeen) {
  party& publisher = net().serve();
  party& first = net().join();
  party& second = net().join();
  const auto a = net().follow(first, publisher);
  const auto b = net().follow(second, publisher);
  first.wire->subscribe(a, "topic");
  ASSERT_TRUE(net().until([&] { return publisher.heard.topics.size() == 1; }));
  second.wire->subscribe(b, "topic");
  second.wire->subscribe(b, "last");
  ASSERT_TRUE(net().until([&] { return publisher.heard.topics.size() == 2; }));
  EXPECT_EQ(publisher.heard.topics[1].first, "last");
  publisher.wire->publish("topic");
  EXPECT_TRUE(
      net().until([&] { return first.heard.events.size() + second.heard.events.size() == 2; }));
}

TEST_P(TransportEvents, ASubscriberThatLeavesTakesItsTopicsAlong) {
  party& publisher = net().serve();
  party& reader = net().join();
  const auto link = net().follow(reader, publisher);
  reader.wire->subscribe(link, "topic");
  ASSERT_TRUE(net().until([&] { return publisher.heard.topics.size() == 1; }));
  reader.wire->close(link);
  ASSERT_TRUE(net().until([&] { return publisher.heard.topics.size() == 2; }));
  EXPECT_EQ(publisher.heard.topics[1], (std::pair<std::string, bool>{"topic", false}));
}

TEST_P(TransportEvents, AFollowerHearsThatThePublisherStopped) {
  party& publisher = net().serve();
  party& reader = net().join();
  const auto link = net().follow(reader, publisher);
  net().leave(publisher, 0ms);
  EXPECT_TRUE(net().until([&] { return reader.heard.saw(link, link_event::disconnected); }));
}

TEST_P(TransportEvents, OverlongTopicsStayHome) {
  party& publisher = net().serve();
  party& reader = net().join();
  const auto link = net().follow(reader, publisher);
  reader.wire->subscribe(link, std::string(250, 't'));
  reader.wire->subscribe(link, std::string(200, 't'));
  ASSERT_TRUE(net().until([&] { return publisher.heard.topics.size() == 1; }));
  EXPECT_EQ(publisher.heard.topics[0].first.size(), 200U);
  EXPECT_EQ(reader.wire->counters().overlong_topics, 1U);
}

TEST_P(TransportEvents, TooManySubscriptionsCutAllSubscribersAndTheHonestComeBack) {
  socket_limits limits;
  limits.subscriptions = 100;
  build(limits);
  party& publisher = net().serve();
  party& honest = net().join();
  party& greedy = net().join();
  const auto link = net().follow(honest, publisher);
  const auto flood = net().follow(greedy, publisher);
  honest.wire->subscribe(link, "honest");
  for (int i = 0; i < 150; ++i) {
    greedy.wire->subscribe(flood, std::to_string(i));
  }
  ASSERT_TRUE(net().until([&] { return honest.heard.ends(link) == 1; }));
  EXPECT_EQ(publisher.wire->counters().outlets_recreated, 1U);
  const auto again = net().follow(honest, publisher);
  honest.wire->subscribe(again, "honest");
  EXPECT_TRUE(net().until([&] {
    publisher.wire->publish("honest");
    return !honest.heard.events.empty();
  }));
}

TEST_P(TransportEvents, PublishingToNobodyIsSent) {
  party& publisher = net().serve();
  EXPECT_EQ(publisher.wire->publish("topic"), send_status::sent);
  EXPECT_EQ(net().join().wire->publish("no outlet"), send_status::closed);
}

TEST_P(TransportEvents, DatagramsReachEveryMemberOfTheGroup) {
  kith::transport::datagram_options options;
  options.port = 17'584;
  party& a = net().join();
  party& b = net().join();
  std::vector<std::string> at_a;
  std::vector<std::string> at_b;
  std::string source;
  const auto first = a.wire->open_datagrams(
      options, [&](const auto&, kith::byte_view text) { at_a.emplace_back(text); });
  const auto second = b.wire->open_datagrams(options, [&](const auto& from, kith::byte_view text) {
    source = from.host;
    at_b.emplace_back(text);
  });
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_FALSE((*first)->interfaces().empty());
  (*first)->send("beacon");
  EXPECT_TRUE(net().until([&] { return !at_a.empty() && !at_b.empty(); }));
  EXPECT_EQ(at_b[0], "beacon");
  EXPECT_EQ(source, "127.0.0.1");
}

TEST_P(TransportEvents, OverlongDatagramsAreCutAtOneOctetMore) {
  kith::transport::datagram_options options;
  options.port = 17'585;
  party& a = net().join();
  std::size_t octets = 0;
  const auto port = a.wire->open_datagrams(
      options, [&](const auto&, kith::byte_view text) { octets = text.size(); });
  ASSERT_TRUE(port) << port.error().message;
  (*port)->send(std::string(5'000, 'x'));
  EXPECT_TRUE(net().until([&] { return octets == 513; })) << octets;
}

TEST_P(TransportEvents, AClosedDatagramPortHearsNothing) {
  kith::transport::datagram_options options;
  options.port = 17'586;
  party& a = net().join();
  party& b = net().join();
  std::size_t heard = 0;
  auto deaf = a.wire->open_datagrams(options, [&](const auto&, kith::byte_view) { ++heard; });
  auto mouth = b.wire->open_datagrams(options, [](const auto&, kith::byte_view) {});
  ASSERT_TRUE(deaf && mouth);
  deaf->reset();
  (*mouth)->send("beacon");
  EXPECT_FALSE(net().until([&] { return heard > 0; }, 50ms));
}

}  // namespace
