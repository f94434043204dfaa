// SPDX-License-Identifier: MPL-2.0
#include "support/tcp_relay.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <set>
#include <stdexcept>
#include <string_view>

namespace kith::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool send_all(int fd, std::string_view octets) {
  while (!octets.empty()) {
    const auto count = ::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return false;
    }
    octets.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

tcp_relay::tcp_relay(std::uint16_t to)
    : to_{to}, listening_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listening_, plain, size) != 0 || ::listen(listening_, 16) != 0 ||
      ::getsockname(listening_, plain, &size) != 0 || ::pipe(wake_) != 0) {
    throw std::runtime_error{"no relay"};
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

tcp_relay::~tcp_relay() {
  ::close(wake_[1]);
  thread_.join();
  std::set<int> all{listening_, wake_[0]};
  for (const auto& way : ways_) {
    all.insert({way->from, way->to});
  }
  for (const int fd : all) {
    ::close(fd);
  }
}

std::vector<std::string> tcp_relay::captured() const {
  const std::lock_guard lock{guard_};
  std::vector<std::string> all;
  for (const auto& way : ways_) {
    all.push_back(way->seen);
  }
  return all;
}

void tcp_relay::accept_one() {
  const int dialler = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(to_);
  if (::connect(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(listener);
    ::close(dialler);
    return;
  }
  const std::lock_guard lock{guard_};
  ways_.push_back(std::make_unique<stretch>(stretch{dialler, listener, {}}));
  ways_.push_back(std::make_unique<stretch>(stretch{listener, dialler, {}}));
}

void tcp_relay::pass_on(stretch& way) {
  std::array<char, 65536> room{};
  const auto count = ::recv(way.from, room.data(), room.size(), 0);
  if (count <= 0) {
    ::shutdown(way.to, SHUT_RDWR);
    way.over = true;
    return;
  }
  const std::string_view octets{room.data(), static_cast<std::size_t>(count)};
  {
    const std::lock_guard lock{guard_};
    way.seen += octets;
  }
  way.over = !send_all(way.to, octets);
}

void tcp_relay::run() {
  for (;;) {
    std::vector<pollfd> asked{{wake_[0], POLLIN, 0}, {listening_, POLLIN, 0}};
    for (const auto& way : ways_) {
      asked.push_back({way->over ? -1 : way->from, POLLIN, 0});
    }
    ::poll(asked.data(), asked.size(), -1);
    if (asked[0].revents != 0) {
      return;
    }
    for (std::size_t i = 2; i < asked.size(); ++i) {
      if (asked[i].revents != 0) {
        pass_on(*ways_[i - 2]);
      }
    }
    if (asked[1].revents != 0) {
      accept_one();
    }
  }
}

}  // namespace kith::test
