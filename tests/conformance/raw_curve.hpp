// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "base/endpoint.hpp"
#include "security/curve_client.hpp"
#include "security/keyring.hpp"

namespace kith::test {

/// A subscriber with keys, octet by octet: says what libzmq's own never would. It waits for its
/// handshake, so its server's I/O thread has to run.
class raw_curve_subscriber {
 public:
  raw_curve_subscriber(const std::string& outlet, const security::key_pair& own,
                       const std::string& server_key)
      : curve_{security::view_of(security::key_of_z85(own.secret_key).value()),
               security::key_of_z85(server_key).value(),
               bytes(security::curve_client::chance_size, '\3')} {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(endpoint::parse(outlet)->port.value());
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{5 * KITH_TIMEOUT_FACTOR, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    bytes greeting("\xff\0\0\0\0\0\0\0\1\x7f\3\0CURVE", 17);
    greeting.resize(greeting_octets);
    send(greeting);
    EXPECT_EQ(receive(greeting_octets).size(), greeting_octets);
    command("HELLO", curve_.hello());
    EXPECT_TRUE(curve_.take_welcome(answer("WELCOME")));
    command("INITIATE", curve_.initiate({"\13Socket-Type\0\0\0\3SUB", 19}));
    EXPECT_TRUE(curve_.open_ready(answer("READY")));
  }
  raw_curve_subscriber(const raw_curve_subscriber&) = delete;
  raw_curve_subscriber& operator=(const raw_curve_subscriber&) = delete;
  ~raw_curve_subscriber() { ::close(fd_); }

  void subscribe(std::string_view filter) { message('\1', filter); }
  void cancel(std::string_view filter) { message('\0', filter); }

 private:
  static constexpr std::size_t greeting_octets = 64;

  void send(byte_view octets) {
    EXPECT_EQ(::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(octets.size()));
  }
  bytes receive(std::size_t size) {
    bytes octets(size, '\0');
    const auto got = ::recv(fd_, octets.data(), size, MSG_WAITALL);
    octets.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return octets;
  }
  /// ZMTP's frame, with a length of eight octets for what one does not hold.
  void frame(char short_flags, byte_view body) {
    bytes octets;
    if (body.size() < 256) {
      octets = {short_flags, static_cast<char>(body.size())};
    } else {
      octets = bytes(9, '\0');
      octets[0] = static_cast<char>(short_flags | 2);
      octets[7] = static_cast<char>(body.size() >> 8);
      octets[8] = static_cast<char>(body.size());
    }
    send(octets.append(body));
  }
  void command(std::string_view name, byte_view data) {
    frame('\4', bytes(1, static_cast<char>(name.size())).append(name).append(data));
  }
  bytes answer(std::string_view name) {
    const bytes head = receive(2);
    EXPECT_EQ(head.size(), 2U) << "no " << name;
    const bytes body = head.size() < 2 ? bytes{} : receive(static_cast<unsigned char>(head[1]));
    EXPECT_EQ(body.substr(1, name.size()), name);
    return body.size() < 1 + name.size() ? bytes{} : body.substr(1 + name.size());
  }
  void message(char kind, std::string_view filter) {
    const auto sealed = curve_.seal_message(0, bytes(1, kind).append(filter));
    frame('\0', bytes("\7MESSAGE").append(sealed));
  }

  int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  security::curve_client curve_;
};

}  // namespace kith::test
