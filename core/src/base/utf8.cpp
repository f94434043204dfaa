// SPDX-License-Identifier: MPL-2.0
#include "base/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kith {
namespace {

/// Octets of the ASCII run at the start, eight at a time.
std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t i = 0;
  for (std::uint64_t eight = 0; i + sizeof eight <= text.size(); i += sizeof eight) {
    std::memcpy(&eight, text.data() + i, sizeof eight);
    if ((eight & 0x8080808080808080ULL) != 0) {
      break;
    }
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) {
    ++i;
  }
  return i;
}

bool is_continuation(unsigned char octet) noexcept {
  return (octet & 0xc0U) == 0x80;
}

}  // namespace

// The second octet's range depends on the first: table 3-7 of the Unicode standard.
std::size_t character_size(std::string_view text) noexcept {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = octet(0);
  if (first < 0x80) {
    return 1;
  }
  const std::size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (size == 0 || first > 0xf4 || text.size() < size || !is_continuation(octet(1))) {
    return 0;
  }
  const auto second = octet(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) {
    return 0;
  }
  for (std::size_t i = 2; i < size; ++i) {
    if (!is_continuation(octet(i))) {
      return 0;
    }
  }
  return size;
}

bool is_utf8(std::string_view text) noexcept {
  for (;;) {
    text.remove_prefix(ascii_prefix(text));
    if (text.empty()) {
      return true;
    }
    const auto size = character_size(text);
    if (size == 0) {
      return false;
    }
    text.remove_prefix(size);
  }
}

std::string clean_text(std::string_view text, std::size_t limit) {
  std::string clean;
  clean.reserve(text.size() < limit ? text.size() : limit);
  while (!text.empty()) {
    const auto size = character_size(text);
    if (clean.size() + (size == 0 ? 1 : size) > limit) {
      break;
    }
    clean += size == 0 ? std::string_view{"?"} : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return clean;
}

}  // namespace kith
