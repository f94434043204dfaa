// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstddef>

namespace kith::wire {

/// What is read, and written, of a packet, of an envelope in it, and of a value in that. A node
/// takes `message_bytes` from its settings; the transport under it is told what the largest packet
/// is.
struct limits {
  std::size_t packet_bytes = std::size_t{64} * 1024;         ///< a batch is cut here
  std::size_t message_bytes = std::size_t{4} * 1024 * 1024;  ///< no body is larger
  std::size_t name_bytes = 200;                              ///< methods, topics, services
  std::size_t text_bytes = 4096;                             ///< messages for people
  std::size_t offered = 1024;                                ///< methods or topics of one node
  std::size_t depth = 32;                                    ///< nesting of a value
  std::size_t elements = 65'535;                             ///< of one array or map
  std::size_t total_elements = 1'000'000;                    ///< of one value, all nestings

  /// No packet is larger: one body, and room for what is before it.
  [[nodiscard]] constexpr std::size_t largest_packet() const noexcept {
    return message_bytes + packet_bytes;
  }
};

}  // namespace kith::wire
