// SPDX-License-Identifier: MPL-2.0
#include "kith/table.hpp"

#include <algorithm>
#include <utility>

namespace kith::tool {
namespace {

std::string_view code_of(paint with) noexcept {
  switch (with) {
    case paint::none: return {};
    case paint::green: return "\x1b[32m";
    case paint::yellow: return "\x1b[33m";
    case paint::red: return "\x1b[31m";
    case paint::dim: return "\x1b[2m";
  }
  return {};
}

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

std::string painted(std::string_view text, paint with, bool colour) {
  if (!colour || with == paint::none || text.empty()) {
    return std::string{text};
  }
  return std::string{code_of(with)} + std::string{text} + "\x1b[0m";
}

std::string printable(std::string_view text, bool lines) {
  constexpr std::string_view digits = "0123456789abcdef";
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
    clean += digits[octet >> 4U];
    clean += digits[octet & 15U];
    text.remove_prefix(size);
  }
  return clean;
}

std::string or_dash(std::string text) {
  return text.empty() ? "-" : std::move(text);
}

std::size_t columns_of(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
  }));
}

table::table(std::vector<std::string> headings) {
  for (auto& heading : headings) {
    const bool right = heading.starts_with('>');
    if (right) {
      heading.erase(0, 1);
    }
    const auto width = columns_of(heading);
    columns_.push_back({std::move(heading), right, width});
  }
}

void table::add(std::vector<cell> row) {
  row.resize(columns_.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    row[i].text = printable(row[i].text);
    columns_[i].width = std::max(columns_[i].width, columns_of(row[i].text));
  }
  rows_.push_back(std::move(row));
}

void table::append_line(std::string& out, const std::vector<cell>& row, bool colour) const {
  std::size_t last = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    last = row[i].text.empty() ? last : i;
  }
  for (std::size_t i = 0; i <= last; ++i) {
    const std::string pad(columns_[i].width - columns_of(row[i].text), ' ');
    out += columns_[i].right ? pad : "";
    out += painted(row[i].text, row[i].with, colour);
    if (i < last) {
      out += columns_[i].right ? "  " : pad + "  ";
    }
  }
  out += '\n';
}

std::string table::text(bool colour) const {
  std::string out;
  std::vector<cell> headings;
  for (const auto& one : columns_) {
    headings.push_back({one.heading, paint::dim});
  }
  append_line(out, headings, colour);
  for (const auto& row : rows_) {
    append_line(out, row, colour);
  }
  return out;
}

}  // namespace kith::tool
