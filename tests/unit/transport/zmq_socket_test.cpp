// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zmq_socket.hpp"

#include <gtest/gtest.h>

#include <zmq.h>

#include <functional>
#include <stdexcept>

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

/// Runs until `done`, or for a while; gives `done`.
bool run_until(asio_loop& loop, const std::function<bool()>& done) {
  bool late = false;
  const auto timer = loop.after(2s * KITH_TIMEOUT_FACTOR, [&late] { late = true; });
  loop.run_until([&] { return late || done(); });
  loop.cancel(timer);
  return done();
}

TEST(ZmqSocket, IsReadOnAfterItsReaderHasThrown) {
  asio_loop loop{1};
  const auto context = make_zmq_context().value();
  const auto reader = zmq_socket::open(loop, *context, ZMQ_PAIR).value();
  const auto writer = zmq_socket::open(loop, *context, ZMQ_PAIR).value();
  ASSERT_EQ(zmq_bind(reader->handle(), "inproc://read-on"), 0);
  ASSERT_EQ(zmq_connect(writer->handle(), "inproc://read-on"), 0);
  int read = 0;
  reader->watch([&] {
    char octet = 0;
    while (zmq_recv(reader->handle(), &octet, 1, ZMQ_DONTWAIT) == 1) {
      if (++read == 1) {
        throw std::runtime_error{"planted"};
      }
    }
    return false;
  });
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(zmq_send(writer->handle(), "x", 1, 0), 1);
  }
  EXPECT_THROW(run_until(loop, [&] { return read == 3; }), std::runtime_error);
  EXPECT_TRUE(run_until(loop, [&] { return read == 3; })) << read;
}

TEST(ZmqTransport, ReadsDatagramsOnAfterTheirHandlerHasThrown) {
  asio_loop loop{1};
  const auto made = make_zmq_transport(loop, {}, make_zmq_context().value(), nullptr, {});
  kith::transport::datagram_options options;
  options.port = 17'611;
  int read = 0;
  const auto port = made->open_datagrams(options, [&](const auto&, kith::byte_view) {
    if (++read == 1) {
      throw std::runtime_error{"planted"};
    }
  });
  ASSERT_TRUE(port);
  for (int i = 0; i < 3; ++i) {
    ASSERT_GT((*port)->send("x"), 0U);
  }
  EXPECT_THROW(run_until(loop, [&] { return read >= 3; }), std::runtime_error);
  EXPECT_TRUE(run_until(loop, [&] { return read >= 3; })) << read;
  (*port)->send("x");
  EXPECT_TRUE(run_until(loop, [&] { return read >= 4; })) << "it is watched on";
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
