// SPDX-License-Identifier: MPL-2.0
#pragma once

// One connection to one SQLite file, opened as kith wants it (docs/adr/0002-sqlite-api.md). This,
// its statements and its errors are all that knows sqlite3.h.

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kith/database.hpp>

#include "sql/busy_budget.hpp"
#include "sql/connection.hpp"
#include "sql/statement_cache.hpp"

struct sqlite3;

namespace kith::sql {

class sqlite_connection : public connection {
 public:
  /// Throws failure. The options hold for the connection's life.
  sqlite_connection(std::string path, const database_options& options);

  void allow_waiting(std::chrono::milliseconds budget) noexcept override { busy_.restart(budget); }
  bool pause() noexcept override;

  void begin(bool writes) override;
  void commit() override;
  void rollback() noexcept override;
  [[nodiscard]] bool in_transaction() const noexcept override;

  std::int64_t execute(std::string_view sql, std::span<const sql_argument> args,
                       bool may_write) override;
  std::vector<row> query(std::string_view sql, std::span<const sql_argument> args, bool may_write,
                         std::size_t first_rows) override;
  void script(std::string_view sql) override;
  [[nodiscard]] std::int64_t last_id() override;

  [[nodiscard]] bool has_meta_tables() override;
  void make_meta_tables() override;
  void sync_what_is_found() override;

  [[nodiscard]] std::uint64_t log_pages() const noexcept override { return log_pages_; }
  /// A PASSIVE checkpoint. Only under another connection's write lock: see sqlite_checkpoint.cpp.
  checkpoint_report checkpoint_passive();

  [[nodiscard]] const std::string& path() const noexcept override { return path_; }
  [[nodiscard]] bool in_memory() const noexcept;
  [[nodiscard]] std::string version_line() const override;

 private:
  struct close {
    void operator()(sqlite3* handle) const noexcept;
  };

  void open(const database_options& options);
  void configure(const database_options& options);
  void use_write_ahead_log();
  std::string pragma(std::string_view sql);
  sqlite3_stmt* bound(std::string_view sql, std::span<const sql_argument> args, bool may_write);
  [[noreturn]] void fail_with(int code, std::string_view sql,
                              kith::outcome certainty = kith::outcome::not_sent);

  static int on_busy(void* self, int attempts);
  static int on_commit(void* self, sqlite3* handle, const char* name, int pages);

  std::string path_;
  std::size_t max_rows_;
  busy_budget busy_;
  std::uint64_t log_pages_ = 0;
  std::unique_ptr<sqlite3, close> handle_;
  std::unique_ptr<statement_cache> statements_;  // after the handle: it goes first
};

}  // namespace kith::sql
