// SPDX-License-Identifier: MPL-2.0
#pragma once

// The views of `kith top` as tables that can be sorted, filtered and fitted into a width.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kith/base/table.hpp"
#include "kith/watch/top_figures.hpp"

namespace kith::tool {

enum class top_view : std::uint8_t { services, instances, methods, topics, queues, breakers, logs };
inline constexpr std::size_t top_views = 7;
[[nodiscard]] std::string_view name_of(top_view view) noexcept;

struct top_column {
  std::string heading;
  bool right = true;   ///< a number
  int importance = 0;  ///< where there is no room, those of the least go first; 0 never
};

struct top_cell {
  std::string text;
  double number = 0;  ///< what numbers are sorted by
  paint with = paint::none;
};

struct top_line {
  std::string key;  ///< tells it from the others, whatever is sorted
  std::vector<top_cell> cells;
};

struct top_table {
  std::vector<top_column> columns;
  std::vector<top_line> lines;
};

[[nodiscard]] top_table table_of(const top_report& report, top_view view);

/// Numbers from the greatest, texts from A; `reverse` the other way. Lines that are equal keep
/// their order.
void sort_lines(top_table& table, std::size_t column, bool reverse);
/// Keeps lines of which a text has `part` in it, whatever the case of its letters.
void filter_lines(top_table& table, std::string_view part);

/// A column as it is shown: which one, and how wide.
struct fitted_column {
  std::size_t index = 0;
  std::size_t width = 0;
};
/// Those that fit; the first one takes what is over or lacks, but never less than 8.
[[nodiscard]] std::vector<fitted_column> fit(const top_table& table, std::size_t width);

/// "0", "3.2", "180", "12.3k", "1.24M": at most six columns.
[[nodiscard]] std::string figure_text(double value);
/// "850us", "1.2ms", "3.2s"; "-" for nothing.
[[nodiscard]] std::string short_span(std::optional<std::int64_t> us);
/// "18M", "1.2G"; "-" for nothing.
[[nodiscard]] std::string memory_text(std::uint64_t octets);

}  // namespace kith::tool
