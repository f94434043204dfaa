// SPDX-License-Identifier: MPL-2.0
#include "kith/probe/probe_socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace kith::tool {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_addresses = 8;  // of one name that are tried

struct address_free {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using address_list = std::unique_ptr<addrinfo, address_free>;

probe_end end_of_errno(int why, bool local) noexcept {
  switch (why) {
    case ECONNREFUSED: return local ? probe_end::stale_socket : probe_end::port_closed;
    case ENOENT: return probe_end::no_such_socket;
    case EACCES:
    case EPERM: return local ? probe_end::no_permission : probe_end::unreachable;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return probe_end::no_socket_here;
    case ETIMEDOUT: return probe_end::no_answer;
    case ECONNRESET: return probe_end::closed_at_once;
    default: return probe_end::unreachable;
  }
}

/// Waits until the socket can do `what`; false when the time is over, or `patience` is.
bool wait_for(int socket, short what, int patience_ms, const time_limit& limit) {
  std::array<pollfd, 2> set{{{socket, what, 0}, {limit.descriptor(), POLLIN, 0}}};
  int ready = 0;
  do {
    ready = ::poll(set.data(), set.size(), patience_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0 && set[0].revents != 0;
}

std::string text_of(const sockaddr* address, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  const bool v6 = address->sa_family == AF_INET6;
  return (v6 ? "[" : "") + std::string{host.data()} + (v6 ? "]:" : ":") + port.data();
}

tl::expected<descriptor, probe_end> connect_to(const sockaddr* address, socklen_t size,
                                               const time_limit& limit) {
  const bool local = address->sa_family == AF_UNIX;
  descriptor made{::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!made.is_open()) {
    return tl::make_unexpected(end_of_errno(errno, local));
  }
  if (::connect(made.get(), address, size) == 0) {
    return made;
  }
  if (errno != EINPROGRESS) {
    return tl::make_unexpected(end_of_errno(errno, local));
  }
  if (!wait_for(made.get(), POLLOUT, -1, limit)) {
    return tl::make_unexpected(probe_end::no_answer);
  }
  int why = 0;
  socklen_t length = sizeof why;
  ::getsockopt(made.get(), SOL_SOCKET, SO_ERROR, &why, &length);
  if (why != 0) {
    return tl::make_unexpected(end_of_errno(why, local));
  }
  return made;
}

}  // namespace

descriptor::descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}

descriptor& descriptor::operator=(descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

descriptor::~descriptor() {
  if (number_ >= 0) {
    ::close(number_);
  }
}

time_limit::time_limit(milliseconds span)
    : span_{std::max(span, milliseconds{1})},
      timer_{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)} {
  itimerspec when{};
  when.it_value.tv_sec = span_.count() / 1'000'000;
  when.it_value.tv_nsec = span_.count() % 1'000'000 * 1000;
  ::timerfd_settime(timer_.get(), 0, &when, nullptr);
}

std::chrono::microseconds time_limit::spent() const {
  itimerspec left{};
  if (::timerfd_gettime(timer_.get(), &left) != 0) {
    return span_;
  }
  return span_ - std::chrono::seconds{left.it_value.tv_sec} -
         std::chrono::microseconds{left.it_value.tv_nsec / 1000};
}

bool time_limit::over() const {
  return spent() >= span_;
}

tl::expected<probe_socket, probe_end> probe_socket::connect(const endpoint& to,
                                                            const time_limit& limit) {
  if (to.kind == endpoint::scheme::ipc) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    to.path.copy(address.sun_path, sizeof address.sun_path - 1);
    auto made = connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, limit);
    return made ? tl::expected<probe_socket, probe_end>{probe_socket{std::move(*made), to.path}}
                : tl::make_unexpected(made.error());
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(to.host.c_str(), std::to_string(to.port.value_or(0)).c_str(), &hints, &found) !=
      0) {
    return tl::make_unexpected(probe_end::no_such_host);
  }
  const address_list all{found};
  auto why = probe_end::no_such_host;
  std::size_t tried = 0;
  for (const auto* one = all.get(); one != nullptr && tried < most_addresses;
       one = one->ai_next, ++tried) {
    auto made = connect_to(one->ai_addr, one->ai_addrlen, limit);
    if (made) {
      return probe_socket{std::move(*made), text_of(one->ai_addr, one->ai_addrlen)};
    }
    why = made.error();
  }
  return tl::make_unexpected(why);
}

bool probe_socket::send(byte_view octets, const time_limit& limit) {
  while (!octets.empty()) {
    const auto sent = ::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      octets.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      return false;
    } else if (errno == EAGAIN && !wait_for(socket_.get(), POLLOUT, -1, limit)) {
      return false;
    }
  }
  return true;
}

wake probe_socket::receive(bytes& into, milliseconds patience, const time_limit& limit) {
  if (!wait_for(socket_.get(), POLLIN, static_cast<int>(patience.count()), limit)) {
    return limit.over() ? wake::time_over : wake::quiet;
  }
  std::array<char, 16384> octets{};
  const auto got = ::recv(socket_.get(), octets.data(), octets.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    return wake::quiet;
  }
  if (got <= 0) {
    return wake::hung_up;
  }
  into.append(octets.data(), static_cast<std::size_t>(got));
  return limit.over() ? wake::time_over : wake::octets;
}

}  // namespace kith::tool
