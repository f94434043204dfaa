// SPDX-License-Identifier: MPL-2.0
#pragma once

// The schema's versions: which steps of which schema this database has had.

#include <span>
#include <string_view>

#include "sql/connection.hpp"

namespace kith::sql {

/// Applies the steps that are missing. Inside a write transaction; throws failure.
void apply_migrations(connection& through, std::string_view name,
                      std::span<const std::string_view> steps);

}  // namespace kith::sql
