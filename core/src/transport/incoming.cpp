// SPDX-License-Identifier: MPL-2.0
#include "transport/incoming.hpp"

#include <algorithm>

namespace kith::transport {

incoming::incoming() noexcept {
  for (zmq_msg_t& frame : frames_) {
    zmq_msg_init(&frame);
  }
}

incoming::~incoming() {
  for (zmq_msg_t& frame : frames_) {
    zmq_msg_close(&frame);
  }
}

bool incoming::read(void* socket) {
  count_ = 0;
  for (bool more = true; more; ++count_) {
    // The last slot takes all that is too much, one over the other.
    zmq_msg_t& into = frames_[std::min(count_, kept - 1)];
    if (zmq_msg_recv(&into, socket, ZMQ_DONTWAIT) < 0) {
      return false;
    }
    more = zmq_msg_more(&into) != 0;
  }
  return true;
}

byte_view incoming::frame(std::size_t index) const noexcept {
  return {static_cast<const char*>(zmq_msg_data(&frames_[index])), zmq_msg_size(&frames_[index])};
}

int incoming::descriptor(std::size_t index) const noexcept {
  return zmq_msg_get(&frames_[index], ZMQ_SRCFD);
}

std::string incoming::peer_address(std::size_t index) const {
  const char* const address = zmq_msg_gets(&frames_[index], "Peer-Address");
  return address == nullptr ? std::string{} : std::string{address};
}

std::string_view incoming::user(std::size_t index) const noexcept {
  const char* const name = index < count_ ? zmq_msg_gets(&frames_[index], "User-Id") : nullptr;
  return name == nullptr ? std::string_view{} : std::string_view{name};
}

std::size_t incoming::octets() const noexcept {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < std::min(count_, kept); ++i) {
    sum += frame(i).size();
  }
  return sum;
}

std::string_view incoming::flaw(std::size_t first, const socket_limits& limits) const {
  if (count_ <= first || frame(first).empty()) {
    return "an empty frame";
  }
  if (count_ - first > std::min<std::size_t>(limits.frames, 2)) {
    return "too many frames";
  }
  return {};
}

packet_view incoming::view(std::size_t first) const noexcept {
  packet_view view{frame(first), std::nullopt};
  if (count_ > first + 1) {
    view.body = frame(first + 1);
  }
  return view;
}

}  // namespace kith::transport
