// SPDX-License-Identifier: MPL-2.0
#pragma once

// PostgreSQL's error codes (its manual, appendix A) as kith's, in words that name the database and
// the statement.

#include <string>
#include <string_view>

#include <kith/errors.hpp>

namespace kith::sql {

/// What a server, or libpq when it has lost the server (then without a state), said.
struct postgres_words {
  std::string state;  ///< five letters and digits
  std::string text;   ///< the first line, without values of rows
};

/// Whether the statement is at fault, others are at work, or the database cannot work.
errc postgres_code_of(std::string_view state) noexcept;

/// Others' work met this one half-way: the same may well succeed at once.
bool is_conflict(std::string_view state) noexcept;
/// The same, when the wait for a lock has used up its time.
bool is_lock_timeout(std::string_view state) noexcept;
/// A statement that was prepared must be prepared anew: its tables have changed.
bool is_outdated_statement(std::string_view state) noexcept;

error postgres_error(std::string_view database, const postgres_words& said, std::string_view sql,
                     outcome certainty = outcome::not_sent);

}  // namespace kith::sql
