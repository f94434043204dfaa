// SPDX-License-Identifier: MPL-2.0
#include "wire/base64.hpp"

#include <cstdint>

namespace kith::wire {
namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view octets) {
  std::string text;
  text.reserve((octets.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    const auto group = octets.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8U | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= group.size() ? digits[bits >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string octets;
  std::uint32_t bits = 0;
  unsigned waiting = 0;
  const auto end = text.find_last_not_of('=') + 1;
  for (const char digit : text.substr(0, end)) {
    const auto value = digits.find(digit);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    waiting += 6;
    if (waiting >= 8) {
      waiting -= 8;
      octets += static_cast<char>(bits >> waiting & 0xffU);
    }
  }
  // Wrong padding and stray bits in the last digit do not survive the way back.
  return to_base64(octets) == text ? std::optional{std::move(octets)} : std::nullopt;
}

}  // namespace kith::wire
