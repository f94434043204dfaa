// SPDX-License-Identifier: MPL-2.0
#include "sql/migration.hpp"

#include <array>
#include <cstdint>
#include <string>

#include "base/fnv.hpp"
#include "sql/sql_text.hpp"

namespace kith::sql {
namespace {

std::int64_t raw_checksum_of(std::string_view text) noexcept {
  return static_cast<std::int64_t>(fnv1a_of(text));
}

/// Notices an edit. To quote a name is none: what one database reserves another one does not.
std::int64_t checksum_of(std::string_view step) {
  return raw_checksum_of(without_needless_quotes(step));
}

bool is_same(std::int64_t checksum, std::string_view step) {
  return checksum == checksum_of(step) || checksum == raw_checksum_of(step);
}

[[noreturn]] void refuse(const connection& through, std::string_view name, const std::string& why) {
  throw failure{error{errc::database_failed,
                      "database " + through.path() + ": schema " + std::string{name} + ": " + why}};
}

void check_applied(const connection& through, std::string_view name, std::span<const row> applied,
                   std::span<const std::string_view> steps) {
  if (applied.size() > steps.size()) {
    refuse(through, name,
           "it has " + std::to_string(applied.size()) + " steps and this program knows " +
               std::to_string(steps.size()) + ": a newer program made it");
  }
  for (std::size_t i = 0; i < applied.size(); ++i) {
    if (applied[i].get<std::size_t>(0) != i + 1 ||
        !is_same(applied[i].get<std::int64_t>(1), steps[i])) {
      refuse(through, name,
             "step " + std::to_string(i + 1) +
                 " was edited after it had been applied; append a step instead");
    }
  }
}

}  // namespace

void apply_migrations(connection& through, std::string_view name,
                      std::span<const std::string_view> steps) {
  const std::array<sql_argument, 1> which{sql_argument{name}};
  const auto applied = through.query(
      "SELECT step, checksum FROM kith_migrations WHERE name = ? ORDER BY step", which, false, 0);
  check_applied(through, name, applied, steps);
  for (std::size_t i = applied.size(); i < steps.size(); ++i) {
    try {
      through.script(steps[i]);
    } catch (const failure& reason) {
      auto why = reason.reason();
      why.message =
          "schema " + std::string{name} + ", step " + std::to_string(i + 1) + ": " + why.message;
      throw failure{std::move(why)};
    }
    if (!through.in_transaction()) {
      refuse(through, name, "step " + std::to_string(i + 1) + " ends the transaction it runs in");
    }
    const std::array<sql_argument, 3> done{sql_argument{name}, sql_argument{i + 1},
                                           sql_argument{checksum_of(steps[i])}};
    through.execute("INSERT INTO kith_migrations(name, step, checksum) VALUES(?, ?, ?)", done,
                    true);
  }
}

}  // namespace kith::sql
