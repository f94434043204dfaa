// SPDX-License-Identifier: MPL-2.0
#include "sql/statement_cache.hpp"

#include <algorithm>

#include <sqlite3.h>

#include <kith/errors.hpp>

#include "sql/shown_sql.hpp"
#include "sql/sqlite_error.hpp"

namespace kith::sql {

void statement_cache::finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

statement_cache::statement_cache(sqlite3* handle, std::string path, std::size_t limit)
    : handle_{handle}, path_{std::move(path)}, limit_{std::max<std::size_t>(limit, 1)} {}

sqlite3_stmt* statement_cache::get(std::string_view sql) {
  if (const auto found = index_.find(sql); found != index_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    sqlite3_reset(found->second->statement.get());
    return found->second->statement.get();
  }
  auto statement = prepare(sql);
  if (by_use_.size() >= limit_) {
    index_.erase(by_use_.back().sql);
    by_use_.pop_back();
  }
  by_use_.push_front({std::string{sql}, std::move(statement)});
  index_.emplace(by_use_.front().sql, by_use_.begin());
  return by_use_.front().statement.get();
}

std::unique_ptr<sqlite3_stmt, statement_cache::finalize> statement_cache::prepare(
    std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, &rest);
  std::unique_ptr<sqlite3_stmt, finalize> statement{raw};
  if (code != SQLITE_OK) {
    throw failure{sqlite_error(handle_, code, path_, sql)};
  }
  const auto tail = sql.substr(static_cast<std::size_t>(rest - sql.data()));
  if (statement == nullptr || tail.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    throw failure{
        error{errc::database_refused,
              "database " + path_ + ": exactly one statement is wanted, in: " + shown_sql(sql)}};
  }
  return statement;
}

}  // namespace kith::sql
