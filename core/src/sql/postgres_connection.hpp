// SPDX-License-Identifier: MPL-2.0
#pragma once

// A PostgreSQL database behind the same face as an SQLite file, with the same promises
// (docs/adr/0021-postgresql.md).
//
// Design notes
// - A transaction that writes takes one advisory lock of the database first, and sees what was
//   committed before it got that. So writers never meet half-way, as on SQLite, and each needs no
//   more than READ COMMITTED.
// - PostgreSQL goes on with nothing in a transaction in which a statement has failed, but to undo
//   it up to a savepoint. A work that passes over such a failure gets it again at its commit.
// - A session that was lost is replaced at the next `begin`, never within a transaction.

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <kith/database.hpp>

#include "sql/busy_budget.hpp"
#include "sql/connection.hpp"
#include "sql/postgres_session.hpp"

namespace kith::sql {

class postgres_connection final : public connection {
 public:
  /// Throws failure. The options hold for the connection's life.
  postgres_connection(const std::string& url, const database_options& options);

  void allow_waiting(std::chrono::milliseconds budget) noexcept override;
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

  [[nodiscard]] const std::string& path() const noexcept override { return session_.name(); }
  [[nodiscard]] std::string version_line() const override { return session_.version_line(); }

 private:
  struct statement {
    std::string key;  ///< its SQL and the kinds of its arguments
    std::string name;
  };

  postgres_answer run(std::string_view sql, std::span<const sql_argument> args,
                      postgres_session::on_row* each);
  postgres_answer run_after_failure(std::string_view sql, std::span<const sql_argument> args);
  const std::string* known(const std::string& key);
  const std::string& prepare(std::string_view sql, std::string key, const postgres_arguments& args);
  void drop_least_used();
  void forget_statements() noexcept;
  void reconnect();
  [[noreturn]] void fail_with(const postgres_words& said, std::string_view sql,
                              kith::outcome certainty = kith::outcome::not_sent);
  [[noreturn]] void refuse(const std::string& why) const;

  std::size_t max_rows_;
  std::size_t max_statements_;
  bool read_only_;
  std::chrono::milliseconds busy_time_;
  std::chrono::milliseconds waiting_;  ///< of this transaction; else of the session
  busy_budget busy_;
  int conflicts_ = 0;
  bool statements_outdated_ = false;
  std::optional<error> failed_;  ///< why the transaction cannot go on
  postgres_session session_;
  std::uint64_t names_given_ = 0;
  std::list<statement> by_use_;  // the latest first; nodes never move, so the index may view keys
  std::unordered_map<std::string_view, std::list<statement>::iterator> index_;
};

}  // namespace kith::sql
