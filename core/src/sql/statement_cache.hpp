// SPDX-License-Identifier: MPL-2.0
#pragma once

// Prepared statements by their SQL, bounded: at the limit the least recently used one is dropped.

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace kith::sql {

class statement_cache {
 public:
  statement_cache(sqlite3* handle, std::string path, std::size_t limit);

  /// The statement, reset; all its arguments are to be bound anew. The cache's, until the next
  /// `get`. Throws failure when the SQL does not compile or holds more than one statement.
  sqlite3_stmt* get(std::string_view sql);
  [[nodiscard]] std::size_t size() const noexcept { return by_use_.size(); }

 private:
  struct finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  struct entry {
    std::string sql;
    std::unique_ptr<sqlite3_stmt, finalize> statement;
  };

  std::unique_ptr<sqlite3_stmt, finalize> prepare(std::string_view sql);

  sqlite3* handle_;
  std::string path_;
  std::size_t limit_;
  std::list<entry> by_use_;  // the latest first; nodes never move, so the index may view their SQL
  std::unordered_map<std::string_view, std::list<entry>::iterator> index_;
};

}  // namespace kith::sql
