// SPDX-License-Identifier: MPL-2.0
#pragma once

// One token of MessagePack: a whole scalar, or the head of a list or map. Reading tokens one by
// one, into the very fields that are declared, is what decodes without a tree and without an
// allocation; msgpack-cxx's visitor pushes, and its object tree allocates.

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace kith::wire {

enum class token_kind : std::uint8_t {
  nil,
  boolean,
  natural,   ///< an integer of zero or more, whatever its encoding
  negative,  ///< an integer below zero
  float32,
  float64,
  text,
  octets,
  list,
  map,
  extension,
};

struct token {
  token_kind kind = token_kind::nil;
  /// The boolean, the integer (two's complement), the bits of the number as a double, the count of
  /// a list or map, the type of an extension.
  std::uint64_t bits = 0;
  std::string_view data;  ///< of text, octets and extensions

  [[nodiscard]] std::int64_t signed_value() const noexcept {
    return static_cast<std::int64_t>(bits);
  }
  [[nodiscard]] double number() const noexcept { return std::bit_cast<double>(bits); }
  [[nodiscard]] bool is_float() const noexcept {
    return kind == token_kind::float32 || kind == token_kind::float64;
  }
};

/// Reads the token at `at` and moves past it. False, and nothing moved, when the octets end first
/// or are not MessagePack (0xc1).
bool next_token(const char*& at, const char* end, token& out) noexcept;

/// "the string \"abc\"", "the integer 300", "a list of 3": what a person is told was found.
std::string describe(const token& found);

}  // namespace kith::wire
