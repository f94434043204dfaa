// SPDX-License-Identifier: MPL-2.0
#pragma once

// One connection to one database of some kind: what transactions, migrations and the durable log
// stand on. Everything that differs from one kind of database to another is behind it.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kith/database.hpp>

namespace kith::sql {

/// One call at a time. Everything throws failure unless it is noexcept.
class connection {
 public:
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  virtual ~connection() = default;

  /// From here on all waits for locks together last at most `budget`.
  virtual void allow_waiting(std::chrono::milliseconds budget) noexcept = 0;
  /// Pauses before another attempt at a whole transaction; false when the time is used up.
  virtual bool pause() noexcept = 0;

  /// A transaction that writes has the write lock from its start.
  virtual void begin(bool writes) = 0;
  /// Fails when the transaction is not there any more, or cannot stand.
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
  [[nodiscard]] virtual bool in_transaction() const noexcept = 0;

  virtual std::int64_t execute(std::string_view sql, std::span<const sql_argument> args,
                               bool may_write) = 0;
  /// At most `first_rows` rows; 0 for all, of which more than max_rows are an error.
  virtual std::vector<row> query(std::string_view sql, std::span<const sql_argument> args,
                                 bool may_write, std::size_t first_rows) = 0;
  /// Several statements without arguments, in the words that all kinds of databases share
  /// (kith/database.hpp, `migrate`).
  virtual void script(std::string_view sql) = 0;
  /// What the database numbered the last inserted row with.
  [[nodiscard]] virtual std::int64_t last_id() = 0;

  [[nodiscard]] virtual bool has_meta_tables() = 0;
  /// Makes kith's own tables and draws the identity. Inside a write transaction; others may have
  /// done it just before.
  virtual void make_meta_tables() = 0;

  /// Once, after the first read: what has been found stays, whatever happens to the machine.
  virtual void sync_what_is_found() {}

  /// After a commit: what may be done while nobody waits for an answer.
  virtual void tend() noexcept {}
  virtual checkpoint_report checkpoint() { return {}; }
  /// Length of the write-ahead log after this connection's last commit, in pages.
  [[nodiscard]] virtual std::uint64_t log_pages() const noexcept { return 0; }

  /// For messages: where the database is, without anything secret.
  [[nodiscard]] virtual const std::string& path() const noexcept = 0;
  [[nodiscard]] virtual std::string version_line() const = 0;
};

}  // namespace kith::sql
