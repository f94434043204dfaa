// SPDX-License-Identifier: MPL-2.0
// The contract of transport/transport.hpp, which every transport must pass.

#include "conformance/transport_contract.hpp"

namespace {

using namespace std::chrono_literals;
using kith::bytes;
using kith::errc;
using kith::transport::socket_limits;
using namespace kith::test;

class Transport : public TransportContract {};

INSTANTIATE_TEST_SUITE_P(All, Transport, every_transport(), name_of_kind);

// Links

TEST_P(Transport, ConnectsWithOneEvent) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  EXPECT_EQ(client.heard.count(link, link_event::connected), 1U);
  EXPECT_EQ(client.heard.ends(link), 0U);
}

TEST_P(Transport, GivesTheRealEndpointOfABind) {
  party& server = net().serve();
  EXPECT_EQ(server.inbox.find('*'), std::string::npos);
  EXPECT_NE(server.inbox, server.outlet);
}

TEST_P(Transport, TellsNothingFromInsideACall) {
  party& server = net().serve();
  party& client = net().join();
  net().in_turn(client, [&] {
    const auto link = client.wire->dial(server.inbox, {});
    client.wire->send(*link, "hello");
    client.wire->close(*link);
    EXPECT_TRUE(client.heard.links.empty());
  });
}

TEST_P(Transport, SaysRefusedWhenNobodyListens) {
  party& client = net().join();
  const auto link = client.wire->dial(net().dead_endpoint(), {});
  ASSERT_TRUE(link);
  EXPECT_TRUE(net().until([&] { return client.heard.saw(*link, link_event::refused); }));
  EXPECT_EQ(client.wire->send(*link, "late"), send_status::closed);
  EXPECT_EQ(client.heard.ends(*link), 1U);
}

TEST_P(Transport, RefusesWhatIsNoEndpoint) {
  party& client = net().join();
  EXPECT_FALSE(client.wire->dial("http://127.0.0.1:1", {}));
  EXPECT_FALSE(client.wire->bind_inbox("nonsense", {}));
}

TEST_P(Transport, SaysWhenAnAddressIsInUse) {
  party& first = net().serve();
  party& second = net().join();
  const auto bound = second.wire->bind_inbox(first.inbox, {});
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().what(), errc::address_in_use) << bound.error().message;
  EXPECT_NE(bound.error().message.find(first.inbox), std::string::npos) << bound.error().message;
}

TEST_P(Transport, BindsEachSocketOnce) {
  party& server = net().serve();
  EXPECT_FALSE(server.wire->bind_inbox(net().fresh_endpoint(), {}));
  EXPECT_FALSE(server.wire->bind_outlet(net().fresh_endpoint(), {}));
}

TEST_P(Transport, LeadsToOneInboxFromAnAddressOfEachScheme) {
  party& server = net().serve();
  const auto other = server.wire->bind_inbox(net().fresh_endpoint_elsewhere(), {});
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_FALSE(server.wire->bind_inbox(net().fresh_endpoint_elsewhere(), {})) << "one of each";
  party& client = net().join();
  const auto first = net().connect(client, server);
  const auto second = client.wire->dial(*other, {});
  ASSERT_TRUE(second);
  client.wire->send(first, "by the first");
  client.wire->send(*second, "by the second");
  ASSERT_TRUE(net().until([&] { return server.heard.packets.size() == 2; }));
  for (const auto& heard : server.heard.packets) {
    server.wire->send(heard.from, "to who came " + heard.text);
  }
  ASSERT_TRUE(net().until([&] { return client.heard.packets.size() == 2; }));
  for (const auto& heard : client.heard.packets) {
    EXPECT_EQ(heard.text,
              heard.from == first ? "to who came by the first" : "to who came by the second");
  }
}

TEST_P(Transport, SeesWhichSocketsOfThisMachineAreThere) {
  party& server = net().serve();
  const auto other = net().fresh_endpoint_elsewhere();
  const auto& ipc = server.inbox.starts_with("ipc:") ? server.inbox : other;
  EXPECT_EQ(server.wire->is_here(ipc), ipc == server.inbox);
  EXPECT_FALSE(server.wire->is_here("tcp://127.0.0.1:1"));
  EXPECT_FALSE(server.wire->is_here("nonsense"));
  ASSERT_TRUE(server.wire->bind_inbox(other, {}));
  EXPECT_TRUE(server.wire->is_here(ipc));
  party& client = net().join();
  net().leave(server, 100ms);
  EXPECT_FALSE(client.wire->is_here(ipc));
}

TEST_P(Transport, LinksToTheWrongKindOfSocketFail) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = client.wire->follow(server.inbox, {});
  ASSERT_TRUE(link);
  EXPECT_TRUE(net().until([&] { return client.heard.ends(*link) == 1; }));
  EXPECT_TRUE(client.heard.saw(*link, link_event::handshake_failed));
}

TEST_P(Transport, SaysDisconnectedOnceWhenThePeerStops) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  net().leave(server, 0ms);
  EXPECT_TRUE(net().until([&] { return client.heard.saw(link, link_event::disconnected); }));
  EXPECT_FALSE(net().until([&] { return client.heard.ends(link) > 1; }, 100ms));
}

TEST_P(Transport, ClosedLinksAreSilentAndTakeNothing) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  client.wire->close(link);
  client.wire->close(link);
  EXPECT_EQ(client.wire->send(link, "late"), send_status::closed);
  net().leave(server, 0ms);
  EXPECT_FALSE(net().until([&] { return client.heard.ends(link) > 0; }, 100ms));
}

TEST_P(Transport, AnUnconnectedLinkCanBeClosed) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = client.wire->dial(server.inbox, {});
  client.wire->close(*link);
  EXPECT_FALSE(net().until([&] { return !client.heard.links.empty(); }, 50ms));
}

// Packets

TEST_P(Transport, CarriesPacketsInOrderBothWays) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(client.wire->send(link, std::to_string(i)), send_status::sent);
  }
  ASSERT_TRUE(net().until([&] { return server.heard.packets.size() == 500; }));
  const auto inbound = server.heard.packets[0].from;
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(server.heard.packets[static_cast<std::size_t>(i)].text, std::to_string(i));
    ASSERT_EQ(server.heard.packets[static_cast<std::size_t>(i)].from, inbound);
    ASSERT_EQ(server.wire->send(inbound, "re " + std::to_string(i)), send_status::sent);
  }
  ASSERT_TRUE(net().until([&] { return client.heard.packets.size() == 500; }));
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(client.heard.packets[static_cast<std::size_t>(i)].text, "re " + std::to_string(i));
  }
}

TEST_P(Transport, CarriesTheLargestPacket) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  const std::string large(socket_limits{}.packet_bytes, 'x');
  client.wire->send(link, bytes{large});
  client.wire->send(link, "small");
  ASSERT_TRUE(net().until([&] { return server.heard.packets.size() == 2; }));
  EXPECT_EQ(server.heard.packets[0].text, large);
  EXPECT_EQ(server.heard.packets[1].text, "small");
}

TEST_P(Transport, WhatIsSentBeforeTheConnectionWaitsForIt) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = client.wire->dial(server.inbox, {});
  EXPECT_EQ(client.wire->send(*link, "hello"), send_status::sent);
  EXPECT_TRUE(net().until([&] { return server.heard.packets.size() == 1; }));
}

TEST_P(Transport, NothingStaleArrivesOnALaterLink) {
  party& server = net().serve();
  party& client = net().join();
  const auto address = server.inbox;
  const auto link = net().connect(client, server);
  net().leave(server, 0ms);
  for (int i = 0; i < 100; ++i) {
    client.wire->send(link, "stale");
  }
  ASSERT_TRUE(net().until([&] { return client.heard.ends(link) == 1; }));
  party& reborn = net().serve_at(address);
  const auto again = net().connect(client, reborn);
  client.wire->send(again, "fresh");
  ASSERT_TRUE(net().until([&] { return !reborn.heard.packets.empty(); }));
  EXPECT_FALSE(net().until([&] { return reborn.heard.packets.size() > 1; }, 50ms));
  EXPECT_EQ(reborn.heard.packets[0].text, "fresh");
}

TEST_P(Transport, TheLastWordsOfAPeerThatStopsArrive) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  client.wire->send(link, "hello");
  ASSERT_TRUE(net().until([&] { return !server.heard.packets.empty(); }));
  server.wire->send(server.heard.packets[0].from, "goodbye");
  net().leave(server, 500ms);
  ASSERT_TRUE(net().until([&] { return client.heard.ends(link) == 1; }));
  ASSERT_EQ(client.heard.packets.size(), 1U);
  EXPECT_EQ(client.heard.packets[0].text, "goodbye");
}

TEST_P(Transport, AllThatAPeerSentBeforeItStoppedArrivesBeforeItsEnd) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  client.wire->send(link, "hello");
  ASSERT_TRUE(net().until([&] { return !server.heard.packets.empty(); }));
  for (int i = 0; i < 900; ++i) {
    ASSERT_EQ(server.wire->send(server.heard.packets[0].from, "more than a turn reads"),
              send_status::sent);
  }
  net().leave(server, 500ms);
  ASSERT_TRUE(net().until([&] { return client.heard.ends(link) == 1; }));
  EXPECT_EQ(client.heard.packets.size(), 900U);
}

TEST_P(Transport, WhatWasSentBeforeCloseLeaves) {
  socket_limits limits;
  limits.close_linger = 5s;  // for a machine that is busy
  build(limits);
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  client.wire->send(link, std::string(3'000'000, 'x'));
  client.wire->send(link, "goodbye");
  client.wire->close(link);
  EXPECT_TRUE(net().until([&] { return server.heard.packets.size() == 2; }));
}

TEST_P(Transport, AForgottenInboundLinkBeginsAnew) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  client.wire->send(link, "one");
  ASSERT_TRUE(net().until([&] { return server.heard.packets.size() == 1; }));
  const auto first = server.heard.packets[0].from;
  server.wire->close(first);
  EXPECT_EQ(server.wire->send(first, "late"), send_status::closed);
  client.wire->send(link, "two");
  ASSERT_TRUE(net().until([&] { return server.heard.packets.size() == 2; }));
  EXPECT_NE(server.heard.packets[1].from, first);
}

TEST_P(Transport, InboundLinksAreBounded) {
  socket_limits limits;
  limits.inbound_links = 2;
  build(limits);
  party& server = net().serve();
  for (int i = 0; i < 3; ++i) {
    party& client = net().join();
    const auto link = client.wire->dial(server.inbox, {});
    client.wire->send(*link, "hello");
    net().until([&] { return server.heard.packets.size() > static_cast<std::size_t>(i); }, 200ms);
  }
  EXPECT_TRUE(net().until([&] { return server.wire->counters().refused_links == 1; }));
  EXPECT_EQ(server.heard.packets.size(), 2U);
}

TEST_P(Transport, SendingToAGoneInboundLinkIsUnroutableAndCounted) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  client.wire->send(link, "hello");
  ASSERT_TRUE(net().until([&] { return !server.heard.packets.empty(); }));
  const auto inbound = server.heard.packets[0].from;
  net().leave(client, 0ms);
  EXPECT_TRUE(net().until(
      [&] { return server.wire->send(inbound, "anyone?") == send_status::unroutable; }));
  EXPECT_GE(server.wire->counters().unroutable, 1U);
}

TEST_P(Transport, AnOversizedPacketEndsTheLink) {
  socket_limits limits;
  limits.packet_bytes = 10'000;
  build(limits);
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  client.wire->send(link, std::string(10'001, 'x'));
  EXPECT_TRUE(net().until([&] { return client.heard.saw(link, link_event::disconnected); }));
  EXPECT_TRUE(server.heard.packets.empty());
}

TEST_P(Transport, AnEmptyPacketIsBadAndCounted) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  client.wire->send(link, "");
  ASSERT_TRUE(net().until([&] { return server.heard.bad.size() == 1; }));
  EXPECT_TRUE(server.heard.packets.empty());
  EXPECT_EQ(server.wire->counters().bad_packets, 1U);
}

TEST_P(Transport, CarriesAHundredThousandPacketsWithoutAStall) {
  constexpr std::size_t total = 100'000;
  party& server = net().serve();
  party& client = net().join();
  server.heard.keep_packets = false;
  const auto link = net().connect(client, server);
  std::size_t sent = 0;
  const auto pour = [&] {
    while (sent < total && client.wire->send(link, "packet") == send_status::sent) {
      ++sent;
    }
  };
  EXPECT_TRUE(net().until(
      [&] {
        pour();
        return server.heard.packet_count == total;
      },
      20s));
  EXPECT_EQ(server.heard.packet_count, total);
}

// Budgets

// Real sockets take some on their way while we fill: the reader is this very thread, so that libzmq
// stops reading at its mark, the kernel's buffers fill up, and then the link does.
constexpr std::size_t more_than_buffers_hold = 20'000;

TEST_P(Transport, ALinkFillsUpToItsBudgetInOctets) {
  socket_limits limits;
  limits.link_budget_bytes = 100'000;
  build(limits);
  party& server = net().serve();
  party& client = net().join();
  const auto link = client.wire->dial(server.inbox, {});
  std::size_t sent = 0;
  bytes next(10'000, 'x');
  while (sent < more_than_buffers_hold &&
         client.wire->send(*link, bytes{next}) == send_status::sent) {
    ++sent;
    ASSERT_LE(client.wire->unsent_bytes(*link), limits.link_budget_bytes);
  }
  EXPECT_GE(sent, 10U);
  EXPECT_LT(sent, more_than_buffers_hold);
  EXPECT_EQ(client.wire->counters().full, 1U);
  ASSERT_TRUE(net().until([&] { return !client.heard.writable.empty(); }));
  EXPECT_EQ(client.heard.writable[0], *link);
  EXPECT_EQ(client.wire->send(*link, std::move(next)), send_status::sent);
  EXPECT_TRUE(net().until([&] { return server.heard.packets.size() == sent + 1; }));
  EXPECT_TRUE(net().until([&] { return client.wire->unsent_bytes(*link) == 0; }));
}

TEST_P(Transport, APacketThatDidNotFitStaysTheCallers) {
  socket_limits limits;
  limits.link_budget_bytes = 1'000;
  build(limits);
  party& server = net().serve();
  party& client = net().join();
  const auto link = client.wire->dial(server.inbox, {});
  const bytes large(800'000, 'x');
  for (std::size_t sent = 0; sent < more_than_buffers_hold; ++sent) {
    bytes next{large};
    if (client.wire->send(*link, std::move(next)) == send_status::full) {
      EXPECT_EQ(next, large);
      return;
    }
  }
  FAIL() << "never full";
}

TEST_P(Transport, ALinkFillsUpToItsMarkInPackets) {
  socket_limits limits;
  limits.high_water_mark = 8;
  build(limits);
  party& server = net().serve();
  party& client = net().join();
  const auto link = client.wire->dial(server.inbox, {});
  std::size_t sent = 0;
  while (sent < more_than_buffers_hold &&
         client.wire->send(*link, std::string(10'000, 'x')) == send_status::sent) {
    ++sent;
  }
  EXPECT_GE(sent, 8U);
  EXPECT_LT(sent, more_than_buffers_hold);
  EXPECT_TRUE(net().until([&] { return client.heard.writable.size() == 1; }));
  EXPECT_EQ(client.wire->counters().full, 1U);
  EXPECT_TRUE(net().until([&] { return server.heard.packets.size() == sent; }));
}

TEST_P(Transport, AnInboundLinkFillsUpAndTellsOfRoomToo) {
  socket_limits limits;
  limits.link_budget_bytes = 100'000;
  build(limits);
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  client.wire->send(link, "hello");
  ASSERT_TRUE(net().until([&] { return !server.heard.packets.empty(); }));
  const auto inbound = server.heard.packets[0].from;
  std::size_t sent = 0;
  while (sent < more_than_buffers_hold &&
         server.wire->send(inbound, std::string(10'000, 'x')) == send_status::sent) {
    ++sent;
  }
  if (GetParam() != "sim") {  // whose wires take all at once unless they are slow
    EXPECT_LT(sent, more_than_buffers_hold);
    ASSERT_TRUE(net().until([&] { return !server.heard.writable.empty(); }));
    EXPECT_EQ(server.heard.writable[0], inbound);
  }
  EXPECT_TRUE(net().until([&] { return client.heard.packets.size() == sent; }));
}

// The end

TEST_P(Transport, AStoppedTransportDoesNothing) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  client.wire->stop(0ms);
  client.wire->stop(0ms);
  EXPECT_EQ(client.wire->send(link, "late"), send_status::closed);
  EXPECT_FALSE(client.wire->dial(server.inbox, {}));
  EXPECT_FALSE(client.wire->bind_inbox(net().fresh_endpoint(), {}));
  EXPECT_FALSE(net().until([&] { return client.heard.ends(link) > 0; }, 50ms));
}

TEST_P(Transport, CanBeStoppedFromInsideAnUpcall) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  server.heard.when_packet = [&](link_id, const auto&) { server.wire->stop(0ms); };
  client.wire->send(link, "one");
  client.wire->send(link, "two");
  EXPECT_TRUE(net().until([&] { return client.heard.ends(link) == 1; }));
  EXPECT_EQ(server.heard.packets.size(), 1U);
}

TEST_P(Transport, ALinkCanBeClosedFromInsideItsOwnUpcall) {
  party& server = net().serve();
  party& client = net().join();
  const auto link = net().connect(client, server);
  client.heard.when_packet = [&](link_id from, const auto&) { client.wire->close(from); };
  client.wire->send(link, "hello");
  ASSERT_TRUE(net().until([&] { return !server.heard.packets.empty(); }));
  server.wire->send(server.heard.packets[0].from, "one");
  server.wire->send(server.heard.packets[0].from, "two");
  ASSERT_TRUE(net().until([&] { return !client.heard.packets.empty(); }));
  EXPECT_FALSE(net().until([&] { return client.heard.packets.size() > 1; }, 50ms));
}

}  // namespace
