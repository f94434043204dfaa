// SPDX-License-Identifier: MPL-2.0
#pragma once

// Arguments and columns as PostgreSQL sends them in its binary format: numbers in network order,
// texts and octets as they are. Nothing is lost on the way, and nothing is escaped.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kith/database.hpp>

namespace kith::sql {

/// The arguments of one statement, laid out as libpq wants them. Views into `args`, which outlives
/// it. Each names its type, so that the server need not guess: only NULL has none.
class postgres_arguments {
 public:
  explicit postgres_arguments(std::span<const sql_argument> args);

  [[nodiscard]] int size() const noexcept { return static_cast<int>(types_.size()); }
  [[nodiscard]] const std::vector<unsigned>& types() const noexcept { return types_; }
  [[nodiscard]] const char* const* values() const noexcept { return values_.data(); }
  [[nodiscard]] const int* lengths() const noexcept { return lengths_.data(); }
  [[nodiscard]] const int* formats() const noexcept { return formats_.data(); }

 private:
  std::vector<std::array<char, 8>> numbers_;
  std::vector<unsigned> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

/// The value of a column of that type, which is not NULL. Whole numbers and truth are integers; so
/// is a numeric without decimals, as sum() gives it.
/// \throws failure (database_refused) for a type that is no number, text or octets, and for a
/// number over 64 bits; `column` is for its message
sql_value postgres_value(unsigned type, std::string_view octets, std::string_view column);

}  // namespace kith::sql
