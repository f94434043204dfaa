// SPDX-License-Identifier: MPL-2.0
#include "kith/base/table.hpp"

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

}  // namespace

std::string painted(std::string_view text, paint with, bool colour) {
  if (!colour || with == paint::none || text.empty()) {
    return std::string{text};
  }
  return std::string{code_of(with)} + std::string{text} + "\x1b[0m";
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

std::size_t table::width() const noexcept {
  constexpr std::size_t between = 2;
  std::size_t sum = 0;
  for (const auto& one : columns_) {
    sum += one.width + between;
  }
  return columns_.empty() ? 0 : sum - between;
}

void table::narrow(std::size_t width, const std::vector<std::string>& headings) {
  for (const auto& heading : headings) {
    if (this->width() <= width) {
      return;
    }
    const auto found = std::find_if(columns_.begin(), columns_.end(),
                                    [&](const column& one) { return one.heading == heading; });
    if (found != columns_.end()) {
      const auto at = found - columns_.begin();
      columns_.erase(found);
      for (auto& row : rows_) {
        row.erase(row.begin() + at);
      }
    }
  }
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
