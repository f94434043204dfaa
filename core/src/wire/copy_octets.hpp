// SPDX-License-Identifier: MPL-2.0
#pragma once

// Copies what is mostly a number, a head or a name: for so few octets the call of memcpy costs more
// than the copy.

#include <cstddef>
#include <cstring>

namespace kith::wire {

/// `from` may be null when `size` is 0, which memcpy must not see.
inline void copy_octets(char* to, const char* from, std::size_t size) noexcept {
  if (size > 16) {
    std::memcpy(to, from, size);
  } else if (size >= 8) {  // two halves that overlap
    std::memcpy(to + size - 8, from + size - 8, 8);
    std::memcpy(to, from, 8);
  } else if (size >= 4) {
    std::memcpy(to + size - 4, from + size - 4, 4);
    std::memcpy(to, from, 4);
  } else if (size > 0) {
    to[size - 1] = from[size - 1];
    to[size / 2] = from[size / 2];
    to[0] = from[0];
  }
}

}  // namespace kith::wire
