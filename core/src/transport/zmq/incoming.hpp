// SPDX-License-Identifier: MPL-2.0
#pragma once

// One received ZeroMQ message. A packet is one frame of it, after a routing id at a ROUTER; others
// may have sent any number.

#include <array>
#include <cstddef>
#include <string>

#include <zmq.h>

#include "base/bytes.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

class incoming {
 public:
  incoming() noexcept;
  incoming(const incoming&) = delete;
  incoming& operator=(const incoming&) = delete;
  ~incoming();

  /// Takes the next one, if there is any. Surplus frames are counted and thrown away.
  bool read(void* socket);
  [[nodiscard]] std::size_t octets() const noexcept { return octets_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] byte_view frame(std::size_t index) const noexcept;
  /// Of the connection that the frame came on, or -1.
  [[nodiscard]] int descriptor(std::size_t index) const noexcept;

  /// The numeric address that the frame came from; empty when there is none (ipc).
  [[nodiscard]] std::string peer_address(std::size_t index) const;
  /// The name that ZAP gave the other side; empty without keys. libzmq tells it of the frames that
  /// came from outside only, so not of a ROUTER's first.
  [[nodiscard]] std::string_view user(std::size_t index) const noexcept;

  /// Why the frame `index`, its last one, is no packet; empty when it is one.
  [[nodiscard]] std::string_view flaw(std::size_t index) const;

 private:
  static constexpr std::size_t kept = 2;  // a routing id and a packet
  mutable std::array<zmq_msg_t, kept> frames_;
  std::size_t count_ = 0;
  std::size_t octets_ = 0;
};

}  // namespace kith::transport
