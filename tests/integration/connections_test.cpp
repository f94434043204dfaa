// SPDX-License-Identifier: MPL-2.0

// Ten thousand who come, say hello and go, and thousands who never finish a handshake, leave
// nothing behind.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <kith/blocking_client.hpp>

#include "echo.hpp"
#include "process_rig.hpp"
#include "support/process_usage.hpp"
#include "wire/envelope.hpp"

namespace kith::test {
namespace {

/// Of an endpoint that nobody listens at.
sockaddr_in free_address() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr plain{};
  static_assert(sizeof plain == sizeof address);
  std::memcpy(&plain, &address, sizeof plain);
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  socklen_t size = sizeof plain;
  EXPECT_EQ(::bind(probe, &plain, size), 0);
  EXPECT_EQ(::getsockname(probe, &plain, &size), 0);
  ::close(probe);
  std::memcpy(&address, &plain, sizeof address);
  return address;
}

class Connections : public process_rig {
 protected:
  process_usage usage() const { return usage_of(server_.pid()); }

  /// Descriptors once they have been no more than `at_most` for a while, or after `limit`. Who
  /// waits in the queue of a listening socket has none yet.
  std::size_t descriptors_at_rest(std::size_t at_most, std::chrono::milliseconds limit) const {
    const auto until = steady::now() + limit;
    for (int calm = 0; calm < 10 && steady::now() < until;) {
      std::this_thread::sleep_for(30ms);
      calm = usage().descriptors <= at_most ? calm + 1 : 0;
    }
    return usage().descriptors;
  }

  void expect_flat(const process_usage& before) {
    const auto descriptors = descriptors_at_rest(before.descriptors, 35s);
    const auto after = usage();
    std::cout << "descriptors " << before.descriptors << " -> " << descriptors << ", resident "
              << before.resident_kb << " -> " << after.resident_kb << " KB\n";
    EXPECT_LE(descriptors, before.descriptors);
#if !defined(__SANITIZE_ADDRESS__)  // which keeps what was freed
    EXPECT_LT(after.resident_kb, before.resident_kb + 20 * 1024);
#endif
    config settings;
    settings.domain = domain_;
    settings.log_level = "error";
    blocking_client client{settings};
    const auto answer = client.try_call("echo", echo::say, {"still"}, {.deadline = 5s});
    EXPECT_TRUE(answer) << answer.error().to_string() << server_.log();
  }

  sockaddr_in address_ = free_address();
  std::string inbox_ = "tcp://127.0.0.1:" + std::to_string(ntohs(address_.sin_port));
  child_process server_ = run_role("echo", "echo-1", {"--listen", inbox_});
};

/// A hello of a node of its own, as a caller that offers nothing says it.
bytes hello_of_caller(const std::string& domain, std::uint64_t number) {
  wire::hello greeting;
  greeting.self.id.octets.fill(0x5a);
  for (std::size_t i = 0; i < sizeof number; ++i) {
    greeting.self.id.octets[i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  greeting.self.incarnation = number + 1;
  greeting.self.domain = domain;
  greeting.self.instance = "caller";
  bytes packet;
  wire::append(packet, greeting);
  return packet;
}

TEST_F(Connections, TenThousandThatComeAndGoLeaveDescriptorsFlatAndLessThan20Megabytes) {
  constexpr std::uint64_t cycles = 10'000;
  constexpr std::uint64_t warm_up = 300;
  // A session lasts six seconds beyond its connection, and longer where the node is late; it has
  // room for 4,096.
  constexpr auto pace = 2000us;
  process_usage before;
  zmq::context_t context;
  std::size_t unanswered = 0;
  auto begin = steady::now();
  auto next = begin;
  for (std::uint64_t i = 0; i < cycles + warm_up; ++i) {
    if (i == warm_up) {
      before = usage();
      before.descriptors = descriptors_at_rest(0, 1s);
      begin = steady::now();
    }
    std::this_thread::sleep_until(next);
    next = std::max(next + pace, steady::now());
    zmq::socket_t socket{context, zmq::socket_type::dealer};
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::rcvtimeo, 5000);
    socket.connect(inbox_);
    socket.send(zmq::buffer(hello_of_caller(domain_, i)), zmq::send_flags::none);
    zmq::message_t answer;
    unanswered += socket.recv(answer) && answer.size() > 100 ? 0 : 1;
  }
  const std::chrono::duration<double> took = steady::now() - begin;
  std::cout << cycles << " cycles in " << took.count() << " s\n";
  EXPECT_EQ(unanswered, 0U) << "each was welcome";
  expect_flat(before);
}

class half_open {
 public:
  explicit half_open(const sockaddr_in& to) : handle_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr address{};
    static_assert(sizeof address == sizeof to);
    std::memcpy(&address, &to, sizeof to);
    connected_ = handle_ >= 0 && ::connect(handle_, &address, sizeof address) == 0;
  }
  half_open(half_open&& other) noexcept
      : handle_{std::exchange(other.handle_, -1)}, connected_{other.connected_} {}
  half_open(const half_open&) = delete;
  half_open& operator=(const half_open&) = delete;
  half_open& operator=(half_open&&) = delete;
  ~half_open() {
    if (handle_ >= 0) {
      ::close(handle_);
    }
  }

  [[nodiscard]] bool connected() const noexcept { return connected_; }
  void say(std::string_view octets) const {
    static_cast<void>(::send(handle_, octets.data(), octets.size(), MSG_NOSIGNAL));
  }

 private:
  int handle_;
  bool connected_ = false;
};

TEST_F(Connections, ThousandsOfHandshakesThatAreNeverFinishedLeaveNothing) {
  while (!half_open{address_}.connected()) {
    ASSERT_EQ(server_.wait(5ms), std::nullopt) << server_.log();
  }
  using namespace std::string_view_literals;
  // Nothing; half of ZMTP's greeting; all of it with a mechanism that nobody has; another protocol.
  const std::array<std::string, 4> openings{
      std::string{}, std::string{"\xff\0\0\0\0\0\0\0\1\x7f"sv},
      std::string{"\xff\0\0\0\0\0\0\0\1\x7f\3\0NOSUCH"sv} + std::string(46, '\0'),
      std::string{"GET / HTTP/1.1\r\n\r\n"}};
  process_usage before;
  std::size_t connected = 0;
  for (int round = 0; round < 42; ++round) {
    if (round == 2) {
      before = usage();
      before.descriptors = descriptors_at_rest(0, 1s);
    }
    std::vector<half_open> crowd;
    for (int i = 0; i < 100; ++i) {
      crowd.emplace_back(address_);
      connected += crowd.back().connected() ? 1 : 0;
      crowd.back().say(openings[static_cast<std::size_t>(i) % openings.size()]);
    }
  }
  EXPECT_EQ(connected, 4200U);
  expect_flat(before);
}

}  // namespace
}  // namespace kith::test
