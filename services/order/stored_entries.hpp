// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What orders and returns have in common in SQL: keys, lines, pages.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/database.hpp>

#include "order/order_api.hpp"

namespace order {

inline constexpr std::string_view lines_of_order = "SELECT lines FROM order_lines WHERE number = ?";
inline constexpr std::string_view lines_of_return =
    "SELECT lines FROM return_lines WHERE number = ?";

/// \throws failure (database_failed) when they are missing or cannot be read
std::vector<line> lines_of(kith::transaction& tx, std::string_view query, std::int64_t number);

/// A key that is used again must mean the same. `kind` is "order" or "return".
/// \throws failure (already_exists)
template <class View, class Request>
void check_same(const View& known, const Request& request, std::string_view kind) {
  if (known.customer != request.customer || *known.lines != request.lines) {
    throw kith::failure{kith::errc::already_exists,
                        "the key " + request.key + " stands for " + std::string{kind} + " " +
                            known.id + ", of another customer or with other lines",
                        "key"};
  }
}

/// The number of the last entry of the page before. \throws invalid_argument
std::int64_t number_of_cursor(std::string_view cursor);

/// What a query for one page asks for.
struct page_bounds {
  std::int64_t after;          ///< this number
  std::int64_t placed_before;  ///< microseconds, calendar time
  std::int64_t rows;           ///< one more than the page has: that one tells of a next page
};

/// \throws invalid_argument for a cursor that is none
template <class Wanted>
page_bounds bounds_of(const Wanted& wanted, std::int64_t now_us) {
  return {wanted.cursor.empty() ? 0 : number_of_cursor(wanted.cursor),
          wanted.min_age_ms == 0 ? std::numeric_limits<std::int64_t>::max()
                                 : now_us - wanted.min_age_ms * 1000,
          std::int64_t{wanted.limit} + 1};
}

/// Puts the rows of one page into `entries`, and gives the cursor of the next one. A row begins
/// with its number.
template <class View, class ViewOf>
std::optional<std::string> take_page(const std::vector<kith::row>& rows, std::int32_t limit,
                                     std::vector<View>& entries, ViewOf&& view_of) {
  for (const auto& found : rows) {
    if (entries.size() == static_cast<std::size_t>(limit)) {
      return std::to_string(rows[entries.size() - 1].template get<std::int64_t>(0));
    }
    entries.push_back(view_of(found));
  }
  return std::nullopt;
}

}  // namespace order
