// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zmq_bound.hpp"

#include <algorithm>

#include <unistd.h>
#include <zmq.h>

#include "base/endpoint.hpp"
#include "transport/remote_network.hpp"
#include "transport/zmq/curve.hpp"

namespace kith::transport {
namespace {

constexpr int watched_of_inbound =
    ZMQ_EVENT_ACCEPT_FAILED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED;
// Not those without detail: whoever leaves in the middle of a handshake makes one.
constexpr int handshake_failures =
    ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;
constexpr duration between_complaints = std::chrono::seconds{10};

}  // namespace

zmq_bound::~zmq_bound() {
  close(0);
}

const listening_socket* zmq_bound::bound_like(const std::string& endpoint) const {
  const auto scheme = endpoint.substr(0, endpoint.find(':') + 1);
  const auto found = std::find_if(addresses_.begin(), addresses_.end(), [&](const auto& address) {
    return address->endpoint().starts_with(scheme);
  });
  return found == addresses_.end() ? nullptr : found->get();
}

result<std::string> zmq_bound::bind(const std::string& endpoint, const security_policy& policy,
                                    zmq_socket::reader readable) {
  if (const auto* const taken = bound_like(endpoint)) {
    return fail(errc::failed_precondition,
                "cannot bind " + endpoint + ": already bound to " + taken->endpoint());
  }
  auto address = listening_socket::bind(endpoint);
  if (!address) {
    return tl::make_unexpected(address.error());
  }
  addresses_.emplace_back(std::move(*address));
  if (!is_open()) {
    policy_ = policy;
    readable_ = std::make_shared<zmq_socket::reader>(std::move(readable));
  }
  if (auto good = is_open() ? listen(*socket_, *addresses_.back()) : open(); !good) {
    addresses_.pop_back();
    return tl::make_unexpected(good.error());
  }
  if (policy_.keys) {
    scope_->strangers.guard(addresses_.back());
  }
  return addresses_.back()->endpoint();
}

result<void> zmq_bound::open() {
  auto socket = scope_->open(type_);
  if (!socket) {
    return tl::make_unexpected(socket.error());
  }
  if (policy_.keys) {
    auto safe = scope_->admit(policy_.keys).and_then([&] {
      return protect_server(**socket, policy_.keys->own(), scope_->zap_domain);
    });
    if (!safe) {
      return safe;
    }
  }
  auto monitor =
      zmq_monitor::attach(scope_->loop, *scope_->context, **socket,
                          watched_of_inbound | (policy_.keys ? handshake_failures : 0),
                          [this](int event, std::uint32_t value) { heard(event, value); });
  if (!monitor) {
    return tl::make_unexpected(monitor.error());
  }
  if ((type_ == ZMQ_ROUTER && !(*socket)->set(ZMQ_ROUTER_MANDATORY, 1)) ||
      (type_ == ZMQ_XPUB && approves() && !(*socket)->set(ZMQ_XPUB_MANUAL, 1))) {
    return fail(errc::io_error, "cannot set up a ZeroMQ socket: " + zmq_reason());
  }
  for (const auto& address : addresses_) {
    if (auto listening = listen(**socket, *address); !listening) {
      return listening;
    }
  }
  socket_ = std::move(*socket);
  monitor_ = std::move(*monitor);
  socket_->watch([readable = readable_] { return (*readable)(); });
  return {};
}

result<void> zmq_bound::listen(zmq_socket& socket, const listening_socket& at) {
  const std::string& endpoint = at.endpoint();
  const int fd = at.duplicate();
  if (fd < 0) {
    return fail(errc::io_error, "cannot bind " + endpoint + ": no descriptor is left");
  }
  // Both hold for the next bind only.
  if (!socket.set(ZMQ_USE_FD, fd) || !socket.set(ZMQ_IPV6, at.is_ipv6() ? 1 : 0) ||
      zmq_bind(socket.handle(), endpoint.c_str()) != 0) {
    auto failed = fail(errc::io_error, "cannot bind " + endpoint + ": " + zmq_reason());
    ::close(fd);
    return failed;
  }
  return {};
}

void zmq_bound::heard(int event, std::uint32_t value) {
  const int fd = static_cast<int>(value);
  switch (event) {
    case ZMQ_EVENT_ACCEPTED: accepted(fd); return;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: refused(event); return;
    case ZMQ_EVENT_DISCONNECTED: ended(fd); return;
    default: turn_away();
  }
}

void zmq_bound::ended(int fd) {
  const auto gone = connections_.extract(fd);
  if (gone && gone.mapped().flow) {
    gone.mapped().flow->fd = -1;
  }
  if (gone && on_end_) {
    on_end_(fd);
  }
}

void zmq_bound::accepted(int fd) {
  const auto port = tcp_port();
  if (!port) {
    connections_.insert_or_assign(fd, connection{});
    return;
  }
  const auto from = network_of(fd);
  const bool stranger = policy_.keys && from;
  if (stranger && !may_begin(fd, *port, *from)) {
    return;
  }
  connections_.insert_or_assign(fd, connection{watch(fd, *port), from, stranger});
}

std::shared_ptr<inflow> zmq_bound::watch(int fd, std::uint16_t port) {
  return scope_->inflows.watch(
      fd, [this] { return socket_->has_unread(); },
      [this, fd, port] {
        ++scope_->counters.endless;
        scope_->say(log_level::warning, "a connection to port " + std::to_string(port) +
                                            " sends a message without an end: it is cut");
        shut_down(fd, port);
      });
}

std::optional<std::uint16_t> zmq_bound::tcp_port() const {
  const auto* const tcp = bound_like("tcp:");
  return tcp == nullptr ? std::nullopt : kith::endpoint::parse(tcp->endpoint())->port;
}

void zmq_bound::cut(const inflow& which) const {
  const auto port = tcp_port();
  if (which.fd >= 0 && port) {
    shut_down(which.fd, *port);
  }
}

/// What strangers begin beyond the limit ends before it has cost much.
bool zmq_bound::may_begin(int fd, std::uint16_t port, std::uint64_t from) {
  if (scope_->strangers.begins(from)) {
    return true;
  }
  ++scope_->counters.handshakes_limited;
  shut_down(fd, port);
  const auto now = scope_->loop.now();
  if (!told_of_limit_ || now - *told_of_limit_ >= between_complaints) {
    told_of_limit_ = now;
    scope_->say(log_level::warning,
                addresses_.front()->endpoint() + " turns connections from " +
                    name_of_network(from) +
                    " away: too many began that proved no key; standing ones go on");
  }
  return false;
}

/// By all that libzmq has told so far: what is known of a descriptor may be of the connection that
/// had it before. A message may also be read when its connection has ended and the descriptor is
/// another's already: that one is told by where it comes from, when that is elsewhere.
zmq_bound::connection* zmq_bound::find(int fd, const std::string& address) {
  if (monitor_) {
    monitor_->drain();
  }
  const auto found = connections_.find(fd);
  if (found == connections_.end()) {
    return nullptr;
  }
  const auto from = network_of(address);
  return from && found->second.from && *from != *found->second.from ? nullptr : &found->second;
}

std::shared_ptr<inflow> zmq_bound::heard_from(int fd, const std::string& address) {
  auto* const found = find(fd, address);
  if (found == nullptr) {
    return nullptr;
  }
  if (std::exchange(found->stranger, false)) {
    scope_->strangers.proved(*found->from);
  }
  return found->flow;
}

std::shared_ptr<inflow> zmq_bound::first_heard_from(int fd, const std::string& address) {
  if (auto* const found = find(fd, address);
      found != nullptr && std::exchange(found->first_heard, true) && found->flow) {
    found->flow->fd = -1;
    found->flow = watch(fd, tcp_port().value_or(0));
  }
  return heard_from(fd, address);
}

bool zmq_bound::is_connected(int fd) {
  if (monitor_) {
    monitor_->drain();
  }
  return connections_.contains(fd);
}

void zmq_bound::refused(int event) {
  const bool by_key = event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
  scope_->counters.handshakes_failed += by_key ? 0 : 1;
  const auto now = scope_->loop.now();
  auto& told = by_key ? told_of_key_ : told_of_handshake_;
  if (told && now - *told < between_complaints) {
    return;  // strangers must not fill a disk; the counters count all
  }
  told = now;
  const auto who = by_key && scope_->zap ? scope_->zap->last_refused.load() : nullptr;
  scope_->say(
      log_level::warning,
      addresses_.front()->endpoint() + " refused " +
          (!who ? "a connection without a key, or for another key than ours: give that "
                  "side keys, too"
           : approves()
               ? *who + ": no certificate here says whose it is; copy its .cert into our "
                        "trust directory, or into that of one member that we are linked to, if it "
                        "belongs to this domain (kith trust show)"
               : *who + ": it is not in our keys file; add it there under the name of its "
                        "service, if it belongs there"));
}

void zmq_bound::turn_away() {
  for (const auto& address : addresses_) {
    scope_->counters.turned_away += address->turn_away();
  }
  if (!std::exchange(complained_, true)) {
    scope_->say(log_level::warning, "no descriptor is left for connections to " +
                                        addresses_.front()->endpoint() +
                                        ": new ones are turned away");
  }
}

bool zmq_bound::use_keys(const std::shared_ptr<const security::keyring>& ring) {
  const bool other = policy_.keys && policy_.keys->own().public_key != ring->own().public_key;
  policy_.keys = ring;
  return other && is_open();
}

result<void> zmq_bound::recreate() {
  monitor_.reset();
  connections_.clear();
  socket_->close(0);
  return open();
}

void zmq_bound::close(int linger_ms) noexcept {
  monitor_.reset();
  connections_.clear();
  if (socket_) {
    socket_->close(linger_ms);
  }
  addresses_.clear();
}

}  // namespace kith::transport
