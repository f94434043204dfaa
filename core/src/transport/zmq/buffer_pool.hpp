// SPDX-License-Identifier: MPL-2.0
#pragma once

// Buffers that libzmq has given back, for the packets to come. A busy link fills 64 KiB packets by
// the thousand a second; made anew each time, their memory comes from the kernel page by page and
// costs more than filling it.
//
// Any thread puts (libzmq's does, mostly), the loop's takes. A place is one atomic pointer; what
// finds none, or is large, is freed, so that a transport keeps at most `places` x `most_octets`.
// A buffer that left mostly empty is freed too: what a burst has made large does not stay so.

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>

#include "base/bytes.hpp"

namespace kith::transport {

class send_account;

/// A frame on its way through libzmq.
struct frame_in_transit {
  bytes data;
  std::shared_ptr<send_account> account;
  std::size_t size = 0;
};

class buffer_pool {
 public:
  static constexpr std::size_t places = 16;
  static constexpr std::size_t most_octets = std::size_t{160} * 1024;
  static constexpr std::size_t small_octets = std::size_t{4} * 1024;  ///< kept however empty
  static constexpr std::size_t least_used = 8;  ///< of a larger one, a part of that at least

  buffer_pool() = default;
  buffer_pool(const buffer_pool&) = delete;
  buffer_pool& operator=(const buffer_pool&) = delete;
  ~buffer_pool();

  /// An empty buffer, perhaps with room in it.
  bytes take() noexcept;
  void put(std::unique_ptr<frame_in_transit> frame) noexcept;

 private:
  std::array<std::atomic<frame_in_transit*>, places> places_{};
};

}  // namespace kith::transport
