// SPDX-License-Identifier: MPL-2.0
#pragma once

// MessagePack by hand, and as hexadecimal digits.

#include <string>
#include <string_view>

inline std::string from_hex(std::string_view digits) {
  constexpr std::string_view known = "0123456789abcdef";
  std::string octets;
  int high = -1;
  for (const char digit : digits) {
    const auto value = known.find(digit);
    if (value == std::string_view::npos) {
      continue;  // blanks and dashes are for the reader
    }
    if (high < 0) {
      high = static_cast<int>(value);
    } else {
      octets += static_cast<char>(high * 16 + static_cast<int>(value));
      high = -1;
    }
  }
  return octets;
}

inline std::string to_hex(std::string_view octets) {
  constexpr std::string_view known = "0123456789abcdef";
  std::string digits;
  for (const char octet : octets) {
    digits += known[static_cast<unsigned char>(octet) >> 4U];
    digits += known[static_cast<unsigned char>(octet) & 15U];
  }
  return digits;
}
