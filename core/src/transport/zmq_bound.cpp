// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq_bound.hpp"

#include <unistd.h>
#include <zmq.h>

namespace kith::transport {
namespace {

constexpr std::chrono::milliseconds accept_pause{1000};

}  // namespace

result<std::shared_ptr<zmq_socket>> zmq_scope::open(int type) const {
  auto socket = zmq_socket::open(loop, *context, type);
  if (!socket) {
    return socket;
  }
  zmq_socket& s = **socket;
  const auto ms = [](std::chrono::milliseconds span) { return static_cast<int>(span.count()); };
  s.set(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(limits.message_bytes));
  // Ours is the mark that counts (send_account.hpp), but at an outlet, where libzmq's one is it.
  s.set(ZMQ_SNDHWM, type == ZMQ_XPUB ? limits.high_water_mark : 2 * limits.high_water_mark + 16);
  s.set(ZMQ_RCVHWM, limits.high_water_mark);
  s.set(ZMQ_HANDSHAKE_IVL, ms(timing.handshake));
  s.set(ZMQ_HEARTBEAT_IVL, ms(timing.heartbeat_interval));
  s.set(ZMQ_HEARTBEAT_TIMEOUT, ms(timing.heartbeat_timeout));
  s.set(ZMQ_HEARTBEAT_TTL, ms(timing.heartbeat_interval + timing.heartbeat_timeout));
  return socket;
}

zmq_bound::~zmq_bound() {
  close(0);
}

result<std::string> zmq_bound::bind(const std::string& endpoint, zmq_socket::reader readable) {
  auto address = listening_socket::bind(endpoint);
  if (!address) {
    return tl::make_unexpected(address.error());
  }
  address_ = std::move(*address);
  readable_ = std::make_shared<zmq_socket::reader>(std::move(readable));
  if (auto opened = open(); !opened) {
    address_.reset();
    return tl::make_unexpected(opened.error());
  }
  return address_->endpoint();
}

result<void> zmq_bound::open() {
  auto socket = scope_->open(type_);
  if (!socket) {
    return tl::make_unexpected(socket.error());
  }
  socket_ = std::move(*socket);
  connections_ = 0;
  if (type_ == ZMQ_ROUTER) {
    socket_->set(ZMQ_ROUTER_MANDATORY, 1);
  }
  if (address_->is_ipv6()) {
    socket_->set(ZMQ_IPV6, 1);
  }
  auto monitor =
      zmq_monitor::attach(scope_->loop, *scope_->context, *socket_,
                          ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_ACCEPT_FAILED | ZMQ_EVENT_DISCONNECTED,
                          [this](int event, std::uint32_t) { heard(event); });
  if (!monitor) {
    socket_.reset();
    return tl::make_unexpected(monitor.error());
  }
  monitor_ = std::move(*monitor);
  if (auto started = start_accepting(); !started) {
    monitor_.reset();
    socket_.reset();
    return started;
  }
  socket_->watch([readable = readable_] { return (*readable)(); });
  return {};
}

result<void> zmq_bound::start_accepting() {
  const int fd = address_->duplicate();
  if (fd < 0) {
    return fail(errc::io_error, "cannot bind " + address_->endpoint() + ": no descriptor is left");
  }
  socket_->set(ZMQ_USE_FD, fd);
  if (zmq_bind(socket_->handle(), address_->endpoint().c_str()) != 0) {
    auto failed = fail(errc::io_error, "cannot bind " + address_->endpoint() + ": " + zmq_reason());
    ::close(fd);
    return failed;
  }
  accepting_on_ = socket_->last_endpoint();
  return {};
}

void zmq_bound::heard(int event) {
  switch (event) {
    case ZMQ_EVENT_ACCEPTED: ++connections_; break;
    case ZMQ_EVENT_DISCONNECTED: connections_ -= connections_ > 0 ? 1 : 0; return;
    default: pause(); return;
  }
  if (connections_ > scope_->limits.inbound_links) {
    pause();
  }
}

void zmq_bound::pause() {
  if (accepting_on_.empty()) {
    return;
  }
  ++scope_->counters.accept_pauses;
  scope_->say(log_level::warning, "no more connections to " + address_->endpoint() +
                                      " for now: no descriptor is left, or too many are open");
  zmq_unbind(socket_->handle(), accepting_on_.c_str());
  accepting_on_.clear();
  resume_timer_ = scope_->loop.after(accept_pause, [this] { resume(); });
}

void zmq_bound::resume() {
  resume_timer_ = runtime::timer_id::none;
  const std::size_t most = scope_->limits.inbound_links;
  if (connections_ > most - most / 10 || !start_accepting()) {
    resume_timer_ = scope_->loop.after(accept_pause, [this] { resume(); });
  }
}

result<void> zmq_bound::recreate() {
  monitor_.reset();
  socket_->close(0);
  accepting_on_.clear();
  scope_->loop.cancel(std::exchange(resume_timer_, runtime::timer_id::none));
  return open();
}

void zmq_bound::close(int linger_ms) noexcept {
  scope_->loop.cancel(std::exchange(resume_timer_, runtime::timer_id::none));
  monitor_.reset();
  if (socket_) {
    socket_->close(linger_ms);
  }
  address_.reset();
}

}  // namespace kith::transport
