// SPDX-License-Identifier: MPL-2.0
#pragma once

// Fields in a row, as in beacons and in what is signed: integers are big-endian, texts have one
// octet of length before them. There is one way to write each value, so that what was read is
// written the same.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace kith {

inline constexpr std::size_t longest_text = 255;

template <class Integer>
void put_integer(bytes& out, Integer value) {
  for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>((value >> shift) & 0xff);
  }
}

/// At most `longest_text` octets.
inline void put_text(bytes& out, std::string_view text) {
  put_integer(out, static_cast<std::uint8_t>(text.size()));
  out += text;
}

/// Takes fields from the front; once something is missing, `ok` stays false.
class octet_reader {
 public:
  explicit octet_reader(byte_view octets) noexcept : rest_{octets} {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] byte_view rest() const noexcept { return rest_; }

  byte_view take(std::size_t size) noexcept {
    if (!ok_ || rest_.size() < size) {
      ok_ = false;
      return {};
    }
    const auto field = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return field;
  }
  std::uint64_t integer(std::size_t size) noexcept {
    std::uint64_t value = 0;
    for (const char octet : take(size)) {
      value = value << 8U | static_cast<std::uint8_t>(octet);
    }
    return value;
  }
  byte_view text() noexcept { return take(static_cast<std::size_t>(integer(1))); }
  template <std::size_t Size>
  void octets(std::array<unsigned char, Size>& into) noexcept {
    const auto field = take(Size);
    std::copy(field.begin(), field.end(), into.begin());
  }

 protected:
  void refuse() noexcept { ok_ = false; }

 private:
  byte_view rest_;
  bool ok_ = true;
};

}  // namespace kith
