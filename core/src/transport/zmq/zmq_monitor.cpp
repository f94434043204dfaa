// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zmq_monitor.hpp"

#include <atomic>
#include <cstring>

#include <zmq.h>

namespace kith::transport {
namespace {

// Names of inproc endpoints are per context, and a context may serve several loops.
std::string next_name() {
  static std::atomic<std::uint64_t> last{0};
  return "inproc://kith.monitor." + std::to_string(++last);
}

}  // namespace

result<std::unique_ptr<zmq_monitor>> zmq_monitor::attach(runtime::asio_loop& loop,
                                                         const zmq_context& context,
                                                         zmq_socket& subject, int events,
                                                         listener heard) {
  auto pair = zmq_socket::open(loop, context, ZMQ_PAIR);
  if (!pair) {
    return tl::make_unexpected(pair.error());
  }
  const std::string name = next_name();
  if (zmq_socket_monitor(subject.handle(), name.c_str(), events) != 0 ||
      zmq_connect((*pair)->handle(), name.c_str()) != 0) {
    auto failed = fail(errc::io_error, "cannot monitor a ZeroMQ socket: " + zmq_reason());
    zmq_socket_monitor(subject.handle(), nullptr, 0);
    return failed;
  }
  auto made = std::make_unique<zmq_monitor>(*pair, subject.shared_from_this());
  made->state_->heard = std::move(heard);
  made->pair_->watch([raw = made->pair_.get(), to = made->state_] {
    drain(*raw, to);
    return false;
  });
  return made;
}

zmq_monitor::~zmq_monitor() {
  state_->gone = true;
  if (subject_->is_open()) {
    zmq_socket_monitor(subject_->handle(), nullptr, 0);
  }
  pair_->close(0);
}

void zmq_monitor::drain() {
  drain(*pair_, std::shared_ptr{state_});
}

void zmq_monitor::drain(zmq_socket& pair, const std::shared_ptr<state>& to) {
  // An event is two frames: 16 bits of event and 32 of value, then the endpoint.
  const auto alive = pair.shared_from_this();
  zmq_msg_t frame;
  while (!to->gone && pair.is_open()) {
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, pair.handle(), ZMQ_DONTWAIT) < 0) {
      zmq_msg_close(&frame);
      break;
    }
    std::uint16_t event = 0;
    std::uint32_t value = 0;
    if (zmq_msg_size(&frame) >= sizeof event + sizeof value) {
      const char* const data = static_cast<const char*>(zmq_msg_data(&frame));
      std::memcpy(&event, data, sizeof event);
      std::memcpy(&value, data + sizeof event, sizeof value);
    }
    while (zmq_msg_more(&frame) != 0 && zmq_msg_recv(&frame, pair.handle(), ZMQ_DONTWAIT) >= 0) {
    }
    zmq_msg_close(&frame);
    to->heard(event, value);
  }
  if (!to->gone) {
    pair.check();
  }
}

}  // namespace kith::transport
