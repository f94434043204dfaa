// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zmq_socket.hpp"

#include <gtest/gtest.h>

#include <zmq.h>

#include "transport/zmq/zmq_context.hpp"
#include "transport/zmq/zmq_transport.hpp"

namespace {

using namespace std::chrono_literals;
using kith::errc;
using kith::runtime::asio_loop;
using kith::transport::make_zmq_context;
using kith::transport::make_zmq_transport;
using kith::transport::socket_timing;
using kith::transport::zmq_socket;

TEST(ZmqSocket, SaysThatAnOptionIsRefused) {
  asio_loop loop{1};
  const auto context = make_zmq_context().value();
  const auto socket = zmq_socket::open(loop, *context, ZMQ_DEALER).value();
  EXPECT_TRUE(socket->set(ZMQ_RCVHWM, 7));
  EXPECT_FALSE(socket->set(ZMQ_RCVHWM, -7));
}

TEST(ZmqTransport, BindsAndDialsNothingWithoutItsLimits) {
  asio_loop loop{1};
  const auto made = make_zmq_transport(loop, {}, make_zmq_context().value(), nullptr,
                                       socket_timing{.handshake = -1ms});
  const auto bound = made->bind_inbox("tcp://127.0.0.1:*", {});
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().what(), errc::io_error);
  EXPECT_EQ(bound.error().message, "cannot set the limits of a ZeroMQ socket: Invalid argument");
  EXPECT_FALSE(made->dial("tcp://127.0.0.1:1", {}));
}

}  // namespace
