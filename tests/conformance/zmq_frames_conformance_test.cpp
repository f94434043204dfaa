// SPDX-License-Identifier: MPL-2.0
// A packet is a message of one frame: what comes of those who send more, and why we never do.

#include <gtest/gtest.h>
#include <zmq.h>

#include "conformance/raw_zmq.hpp"
#include "support/transport_rig.hpp"

namespace {

using namespace std::chrono_literals;
using kith::bytes;
using kith::transport::socket_limits;
using namespace kith::test;

TEST(ZmqFrames, MoreThanOneAreRefusedAndTheirSenderIsMuted) {
  const auto net = make_rig("tcp");
  party& server = net->serve();
  raw_zmq stranger{ZMQ_DEALER};
  zmq_connect(stranger.get(), server.inbox.c_str());
  stranger.send({"good"});
  stranger.send({"one", "two"});
  stranger.send({"1", "2", "3", "4", "5", "6"});
  stranger.send({"good again"});
  ASSERT_TRUE(net->until([&] { return server.wire->counters().bad_packets == 3; }));
  ASSERT_EQ(server.heard.packets.size(), 1U);
  EXPECT_EQ(server.heard.packets[0].text, "good");
  ASSERT_EQ(server.heard.bad.size(), 1U) << "told once, then muted";
  // It can still be refused, and is a stranger again when forgotten.
  EXPECT_EQ(server.wire->send(server.heard.bad[0].first, "refuse"), send_status::sent);
  server.wire->close(server.heard.bad[0].first);
  stranger.send({"new"});
  EXPECT_TRUE(net->until([&] { return server.heard.packets.size() == 2; }));
}

TEST(ZmqFrames, APeerThatAnswersWithTwoLosesTheLink) {
  const auto net = make_rig("tcp");
  party& client = net->join();
  raw_zmq server{ZMQ_ROUTER};
  const auto link = client.wire->dial(server.bind(), {});
  client.wire->send(*link, "hello");
  std::string id;
  ASSERT_TRUE(net->until([&] {
    id = id.empty() ? server.receive() : id;
    return !id.empty();
  }));
  server.send({id, "1", "2"});
  ASSERT_TRUE(net->until([&] { return client.heard.ends(*link) == 1; }));
  EXPECT_EQ(client.heard.bad.size(), 1U);
  EXPECT_TRUE(client.heard.saw(*link, link_event::disconnected));
}

TEST(ZmqFrames, APublisherOfTwoLosesTheLink) {
  const auto net = make_rig("tcp");
  party& client = net->join();
  raw_zmq publisher{ZMQ_XPUB};
  const auto link = client.wire->follow(publisher.bind(), {});
  client.wire->subscribe(*link, "topic");
  ASSERT_TRUE(net->until([&] { return !publisher.receive().empty(); }));
  publisher.send({"topic", "body"});
  ASSERT_TRUE(net->until([&] { return client.heard.ends(*link) == 1; }));
  EXPECT_EQ(client.heard.bad.size(), 1U);
  EXPECT_TRUE(client.heard.saw(*link, link_event::disconnected));
  EXPECT_TRUE(client.heard.events.empty());
}

TEST(ZmqFrames, ALinkMayBeClosedByWhoHearsOfItsBadPacket) {
  const auto net = make_rig("tcp");
  party& client = net->join();
  client.heard.then_close = client.wire;
  raw_zmq server{ZMQ_ROUTER};
  const auto link = client.wire->dial(server.bind(), {});
  client.wire->send(*link, "hello");
  std::string id;
  ASSERT_TRUE(net->until([&] {
    id = id.empty() ? server.receive() : id;
    return !id.empty();
  }));
  server.send({id, "1", "2"});
  ASSERT_TRUE(net->until([&] { return !client.heard.bad.empty(); }));
  EXPECT_EQ(client.heard.ends(*link), 0U) << "who closed it need not hear that it ended";
}

// libzmq 4.3.4 aborts the process here when a packet is a message of more than one frame (its
// issue 3442).
TEST(ZmqFrames, BothEndsMayGoWhileAPacketIsHalfSent) {
  socket_limits limits;
  limits.high_water_mark = 8;
  for (const std::string kind : {"tcp", "ipc"}) {
    for (int round = 0; round < 40; ++round) {
      const auto net = make_rig(kind, limits);
      party& server = net->serve();
      party& client = net->join();
      const auto link = net->connect(client, server);
      client.wire->send(link, "hello");
      ASSERT_TRUE(net->until([&] { return !server.heard.packets.empty(); }));
      const bool answers = round % 2 == 0;
      const auto to = answers ? server.heard.packets[0].from : link;
      party& sender = answers ? server : client;
      while (sender.wire->send(to, bytes(800'000, 'x')) == send_status::sent) {
      }
      net->leave(answers ? client : server, 0ms);
      net->leave(sender, 0ms);
    }
  }
}

}  // namespace
