// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/incoming.hpp"

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
  octets_ = 0;
  for (bool more = true; more; ++count_) {
    // The last slot takes all that is too much, one over the other.
    zmq_msg_t& into = frames_[std::min(count_, kept - 1)];
    if (zmq_msg_recv(&into, socket, ZMQ_DONTWAIT) < 0) {
      return false;
    }
    octets_ += zmq_msg_size(&into);
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

std::string_view incoming::flaw(std::size_t index) const {
  if (count_ > index + 1) {
    return "more than one frame";
  }
  if (count_ <= index || frame(index).empty()) {
    return "an empty frame";
  }
  return {};
}

}  // namespace kith::transport
