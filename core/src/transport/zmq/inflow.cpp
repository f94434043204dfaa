// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/inflow.hpp"

#include <optional>
#include <utility>

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace kith::transport {
namespace {

std::optional<std::uint64_t> octets_received(int fd) noexcept {
  tcp_info told{};
  socklen_t size = sizeof told;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &told, &size) != 0 ||
      size < offsetof(tcp_info, tcpi_bytes_received) + sizeof told.tcpi_bytes_received) {
    return std::nullopt;
  }
  return told.tcpi_bytes_received;
}

}  // namespace

bool is_endless(const inflow& flow, std::uint64_t received, time_point now,
                std::uint64_t limit) noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - flow.since).count();
  const auto idle = static_cast<std::uint64_t>(seconds) * inflow_watch::idle_octets_per_second;
  // A descriptor may have become another connection's: then the count has begun anew.
  return received > flow.received && received - flow.received > limit + idle;
}

std::shared_ptr<inflow> inflow_watch::watch(int fd, unique_function<bool()> unread,
                                            unique_function<void()> cut) {
  if (!octets_received(fd)) {
    return nullptr;
  }
  auto made = std::make_shared<inflow>();
  made->fd = fd;
  made->since = loop_.now();
  made->unread = std::move(unread);
  made->cut = std::move(cut);
  flows_.push_back(made);
  if (timer_ == runtime::timer_id::none) {
    timer_ = loop_.after(interval, [this] { look(); });
  }
  return made;
}

void inflow_watch::look() {
  timer_ = runtime::timer_id::none;
  std::erase_if(flows_, [](const auto& flow) { return flow.expired(); });
  // `cut` may begin or end others.
  for (const auto& weak : std::vector{flows_}) {
    if (const auto flow = weak.lock()) {
      look_at(*flow);
    }
  }
  if (!flows_.empty() && timer_ == runtime::timer_id::none) {
    timer_ = loop_.after(interval, [this] { look(); });
  }
}

void inflow_watch::look_at(inflow& flow) {
  const auto received = flow.fd >= 0 ? octets_received(flow.fd) : std::nullopt;
  if (!received || !flow.cut) {
    return;
  }
  if (std::exchange(flow.finished, false)) {
    flow.suspect = false;
    flow.received = *received;
    flow.since = loop_.now();
  } else if (!is_endless(flow, *received, loop_.now(), limit_)) {
    flow.suspect = false;
  } else if (std::exchange(flow.suspect, true) && !flow.unread()) {
    std::exchange(flow.cut, {})();
  }
}

void shut_down(int fd, std::uint16_t port) noexcept {
  sockaddr_storage at{};
  socklen_t size = sizeof at;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    return;
  }
  const auto local = at.ss_family == AF_INET    ? reinterpret_cast<sockaddr_in&>(at).sin_port
                     : at.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(at).sin6_port
                                                : in_port_t{0};
  if (local != 0 && ntohs(local) == port) {
    // Its owner's close then resets the connection, whatever the other side still has to send.
    const linger at_once{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::shutdown(fd, SHUT_RDWR);
  }
}

}  // namespace kith::transport
