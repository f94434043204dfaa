// SPDX-License-Identifier: MPL-2.0
#include "kith/decode/notes.hpp"

#include <algorithm>

#include <kith/errors.hpp>

namespace kith::tool {
namespace {

constexpr std::size_t row_octets = 16;
constexpr std::size_t text_column = 49;

std::string hex_row(byte_view octets) {
  constexpr std::string_view sixteen = "0123456789abcdef";
  std::string row;
  for (const char one : octets) {
    row += row.empty() ? "" : " ";
    row += sixteen[static_cast<unsigned char>(one) >> 4U];
    row += sixteen[static_cast<unsigned char>(one) & 15U];
  }
  return row;
}

}  // namespace

std::string text_of(const notes& all, std::size_t indent, std::size_t most_octets) {
  const std::string margin(indent, ' ');
  std::string text;
  for (const auto& one : all) {
    const auto shown = byte_view{one.octets}.substr(0, most_octets);
    for (std::size_t at = 0; at == 0 || at < shown.size(); at += row_octets) {
      auto row = hex_row(shown.substr(at, row_octets));
      if (at == 0 && !one.text.empty()) {
        row.resize(std::max(row.size(), text_column), ' ');
        row += "; " + printable(one.text);
      }
      text += margin + row + "\n";
    }
    if (shown.size() < one.octets.size()) {
      text += margin + "... and " + std::to_string(one.octets.size() - shown.size()) + " more\n";
    }
  }
  return text;
}

}  // namespace kith::tool
