// SPDX-License-Identifier: MPL-2.0
#pragma once

// FNV-1a, 64 bits (Fowler, Noll, Vo): tells texts apart and is the same everywhere; proves nothing
// against who wants two texts to look alike.

#include <cstdint>
#include <string_view>

namespace kith {

class fnv1a {
 public:
  static constexpr std::uint64_t usual_start = 0xcbf29ce484222325ULL;
  explicit constexpr fnv1a(std::uint64_t start = usual_start) noexcept : value_{start} {}

  constexpr void add(std::string_view octets) noexcept {
    for (const char octet : octets) {
      add_octet(static_cast<unsigned char>(octet));
    }
  }
  /// Little-endian, eight octets.
  constexpr void add(std::uint64_t number) noexcept {
    for (int shift = 0; shift < 64; shift += 8) {
      add_octet(static_cast<unsigned char>(number >> shift));
    }
  }
  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }

 private:
  constexpr void add_octet(unsigned char octet) noexcept {
    value_ = (value_ ^ octet) * 0x100000001b3ULL;
  }
  std::uint64_t value_;
};

[[nodiscard]] constexpr std::uint64_t fnv1a_of(std::string_view octets) noexcept {
  fnv1a sum;
  sum.add(octets);
  return sum.value();
}

}  // namespace kith
