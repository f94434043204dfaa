// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zmq_scope.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

#include <zmq.h>

#include "transport/zmq/curve.hpp"

namespace kith::transport {
namespace {

/// The kernel ends a TCP connection whose other host is gone: TCP_USER_TIMEOUT while something of
/// ours is under way, keep-alive probes (RFC 1122, 4.2.3.6) when nothing is. ZMTP's heartbeats,
/// which would do it too, end the process (docs/adr/0038-keep-alive.md).
bool watch_hosts(zmq_socket& socket, std::chrono::milliseconds silence) {
  constexpr int probes = 3;
  const auto whole = std::chrono::ceil<std::chrono::seconds>(silence).count();
  const int between = std::max(1, static_cast<int>(whole) / (probes + 1));
  return socket.set(ZMQ_TCP_KEEPALIVE, 1) && socket.set(ZMQ_TCP_KEEPALIVE_IDLE, between) &&
         socket.set(ZMQ_TCP_KEEPALIVE_INTVL, between) &&
         socket.set(ZMQ_TCP_KEEPALIVE_CNT, probes) &&
         socket.set(ZMQ_TCP_MAXRT, static_cast<int>(silence.count()));
}

}  // namespace

result<std::shared_ptr<zmq_socket>> zmq_scope::open(int type) const {
  auto socket = zmq_socket::open(loop, *context, type);
  if (!socket) {
    return socket;
  }
  zmq_socket& s = **socket;
  const auto ms = [](std::chrono::milliseconds span) { return static_cast<int>(span.count()); };
  // Ours is the mark that counts (send_account.hpp), but at an outlet, where libzmq's one is it.
  const int most_sent = type == ZMQ_XPUB ? limits.high_water_mark : 2 * limits.high_water_mark + 16;
  const bool done = s.set(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(limits.packet_bytes)) &&
                    s.set(ZMQ_SNDHWM, most_sent) && s.set(ZMQ_RCVHWM, limits.high_water_mark) &&
                    s.set(ZMQ_HANDSHAKE_IVL, ms(timing.handshake)) &&
                    watch_hosts(s, timing.silence);
  if (!done) {
    return fail(errc::io_error, "cannot set the limits of a ZeroMQ socket: " + zmq_reason());
  }
  return socket;
}

result<void> zmq_scope::admit(const std::shared_ptr<const security::keyring>& ring) {
  if (auto good = check_curve(ring->own()); !good) {
    return good;
  }
  const auto handler = context->zap();
  if (!handler) {
    return tl::make_unexpected(handler.error());
  }
  static std::atomic<std::uint64_t> last{0};  // domains are per context, which loops may share
  if (zap_domain.empty()) {
    zap_domain = "kith." + std::to_string(++last);
  }
  zap = (*handler)->admit(zap_domain, ring);
  return {};
}

std::shared_ptr<send_account> make_account(const std::shared_ptr<zmq_scope>& scope, link_id link,
                                           std::size_t budget_bytes) {
  return std::make_shared<send_account>(
      budget_bytes, static_cast<std::size_t>(scope->limits.high_water_mark), scope->loop.mail(),
      [weak = std::weak_ptr{scope}, link]() -> unique_function<void()> {
        return [weak, link] {
          // Only the loop's thread ever makes an owner of it.
          if (const auto alive = weak.lock(); alive && alive->room) {
            alive->room(link);
          }
        };
      },
      scope->buffers);
}

}  // namespace kith::transport
