// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kith::sql {

/// The beginning of a statement, for messages.
inline std::string shown_sql(std::string_view sql) {
  constexpr std::size_t shown_whole = 200;  // octets
  return std::string{sql.substr(0, shown_whole)} + (sql.size() > shown_whole ? "..." : "");
}

}  // namespace kith::sql
