// SPDX-License-Identifier: MPL-2.0
#pragma once

// SQL in the words that both databases share, into PostgreSQL's. Literals, quoted names and
// comments stay as they are.

#include <cstddef>
#include <string>
#include <string_view>

namespace kith::sql {

struct numbered_sql {
  std::string text;        ///< with $1, $2, ... for each ?
  std::size_t places = 0;  ///< how many
  std::size_t statements = 0;
};

numbered_sql number_places(std::string_view sql);

/// The types of a schema: INTEGER and INT become BIGINT, REAL DOUBLE PRECISION, BLOB BYTEA, and
/// INTEGER PRIMARY KEY AUTOINCREMENT an identity column. TEXT gets the collation "C", so that it is
/// ordered by its octets, as SQLite does it.
std::string schema_for_postgres(std::string_view sql);

/// Without the double quotes around names that mean the same without: lower-case letters, digits
/// and underscores.
std::string without_needless_quotes(std::string_view sql);

}  // namespace kith::sql
