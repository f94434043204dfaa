// SPDX-License-Identifier: MPL-2.0
#pragma once

// SQLite's result codes as kith's errors, in words that name the database and the statement.

#include <string>
#include <string_view>

#include <kith/errors.hpp>

struct sqlite3;

namespace kith::sql {

/// The error for `code` that `handle` (may be null) just reported while it worked on `sql`.
error sqlite_error(sqlite3* handle, int code, std::string_view path, std::string_view sql,
                   outcome certainty = outcome::not_sent);

}  // namespace kith::sql
