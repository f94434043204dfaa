// SPDX-License-Identifier: MPL-2.0
#pragma once

// Text for people on a terminal: aligned tables and colours.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>

namespace kith::tool {

enum class paint : std::uint8_t { none, green, yellow, red, dim };

/// In colour; unchanged with `none` or when `colour` is off.
[[nodiscard]] std::string painted(std::string_view text, paint with, bool colour);

/// "-" for an empty cell.
[[nodiscard]] std::string or_dash(std::string text);

/// How many columns a UTF-8 text takes, a character each.
[[nodiscard]] std::size_t columns_of(std::string_view text) noexcept;

class table {
 public:
  struct cell {
    std::string text;
    paint with = paint::none;
  };

  /// A heading that begins with '>' is set to the right, without the '>'.
  explicit table(std::vector<std::string> headings);
  /// As many cells as headings; they are made printable.
  void add(std::vector<cell> row);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// How many columns of a terminal it takes.
  [[nodiscard]] std::size_t width() const noexcept;
  /// Leaves columns out, those under these headings in this order, until it is no wider than that.
  void narrow(std::size_t width, const std::vector<std::string>& headings);
  /// Headings and rows with two blanks between columns, none at the ends of lines.
  [[nodiscard]] std::string text(bool colour) const;

 private:
  struct column {
    std::string heading;
    bool right = false;
    std::size_t width = 0;
  };

  void append_line(std::string& out, const std::vector<cell>& row, bool colour) const;

  std::vector<column> columns_;
  std::vector<std::vector<cell>> rows_;
};

}  // namespace kith::tool
