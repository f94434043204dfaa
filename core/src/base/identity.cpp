// SPDX-License-Identifier: MPL-2.0
#include <kith/identity.hpp>

#include <algorithm>

namespace kith {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

int value_of(char digit) noexcept {
  const auto position = digits.find(digit);
  return position == std::string_view::npos ? -1 : static_cast<int>(position);
}

}  // namespace

std::string node_id::to_string() const {
  std::string text;
  text.reserve(2 * octets.size());
  for (const auto octet : octets) {
    text += digits[octet >> 4U];
    text += digits[octet & 15U];
  }
  return text;
}

std::string node_id::to_short_string() const {
  return to_string().substr(0, 8);
}

std::optional<node_id> node_id::from_bytes(std::string_view octets) noexcept {
  node_id id;
  if (octets.size() != id.octets.size()) {
    return std::nullopt;
  }
  std::copy(octets.begin(), octets.end(), reinterpret_cast<char*>(id.octets.data()));
  return id;
}

std::optional<node_id> node_id::from_string(std::string_view hex) noexcept {
  node_id id;
  if (hex.size() != 2 * id.octets.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < id.octets.size(); ++i) {
    const int high = value_of(hex[2 * i]);
    const int low = value_of(hex[2 * i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    id.octets[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return id;
}

}  // namespace kith
