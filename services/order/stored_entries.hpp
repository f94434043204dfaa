// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Lines as they are kept, and cursors: what orders and returns have in common in SQL.

#include <cstdint>
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

/// The number of the last entry of the page before. \throws invalid_argument
std::int64_t number_of_cursor(std::string_view cursor);

}  // namespace order
