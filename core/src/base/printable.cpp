// SPDX-License-Identifier: MPL-2.0
#include <kith/errors.hpp>

namespace kith {
namespace {

/// C0, DEL, and C1 as UTF-8 spells it (c2 80 to c2 9f).
std::size_t control_size(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x20 || first == 0x7f) {
    return 1;
  }
  const bool is_c1 = first == 0xc2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xa0;
  return is_c1 ? 2 : 0;
}

}  // namespace

std::string printable(std::string_view text, bool lines) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const auto size = control_size(text);
    if (size == 0 || (lines && text[0] == '\n')) {
      clean += text[0];
      text.remove_prefix(1);
      continue;
    }
    const auto octet = static_cast<unsigned char>(text[size - 1]);
    clean += "\\x";
    clean += hex[octet >> 4U];
    clean += hex[octet & 15U];
    text.remove_prefix(size);
  }
  return clean;
}

}  // namespace kith
