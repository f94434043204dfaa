// SPDX-License-Identifier: MPL-2.0
#include "storefront/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace storefront {
namespace {

struct lead {
  unsigned char first, last;  // range of the first octet
  unsigned char least, most;  // range of the second one
  std::size_t length;
};
// Table 3-7 of the Unicode standard, without its ASCII row.
constexpr std::array<lead, 8> leads{{{0xc2, 0xdf, 0x80, 0xbf, 2},
                                     {0xe0, 0xe0, 0xa0, 0xbf, 3},
                                     {0xe1, 0xec, 0x80, 0xbf, 3},
                                     {0xed, 0xed, 0x80, 0x9f, 3},
                                     {0xee, 0xef, 0x80, 0xbf, 3},
                                     {0xf0, 0xf0, 0x90, 0xbf, 4},
                                     {0xf1, 0xf3, 0x80, 0xbf, 4},
                                     {0xf4, 0xf4, 0x80, 0x8f, 4}}};

unsigned char octet(std::string_view text, std::size_t at) noexcept {
  return static_cast<unsigned char>(text[at]);
}

/// Length of the well-formed character that begins `text`, 0 when there is none.
std::size_t character_length(std::string_view text) noexcept {
  const auto first = octet(text, 0);
  if (first < 0x80) {
    return 1;
  }
  for (const auto& row : leads) {
    if (first < row.first || first > row.last) {
      continue;
    }
    if (text.size() < row.length || octet(text, 1) < row.least || octet(text, 1) > row.most) {
      return 0;
    }
    for (std::size_t i = 2; i < row.length; ++i) {
      if ((octet(text, i) & 0xc0U) != 0x80U) {
        return 0;
      }
    }
    return row.length;
  }
  return 0;
}

}  // namespace

std::size_t repair_utf8(std::string& text) {
  constexpr std::string_view replacement = "\xef\xbf\xbd";
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return 0;
  }
  std::string repaired;
  std::size_t replaced = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const auto length = character_length(rest);
    repaired += length == 0 ? replacement : rest.substr(0, length);
    replaced += length == 0 ? 1 : 0;
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  text = std::move(repaired);
  return replaced;
}

}  // namespace storefront
