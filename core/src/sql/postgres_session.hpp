// SPDX-License-Identifier: MPL-2.0
#pragma once

// One session with a PostgreSQL server: connects, sends, and waits for the answer with a bound.
// This, its connection and its errors are all that knows libpq.
//
// Design notes
// - libpq's blocking calls wait for ever when a server stands still without closing the connection.
//   So everything is sent without blocking and awaited with poll(); after `patience` without an
//   octet the session is given up. No clock is read: the silence is what is measured.
// - Nothing here throws for what the server refuses: the answer says it, and who asked knows what
//   it means there.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <kith/database.hpp>
#include <kith/function.hpp>

#include "sql/postgres_error.hpp"
#include "sql/postgres_values.hpp"

struct pg_conn;
struct pg_result;

namespace kith::sql {

struct free_postgres {
  void operator()(pg_conn* session) const noexcept;
  void operator()(pg_result* result) const noexcept;
};
using postgres_result = std::unique_ptr<pg_result, free_postgres>;

struct postgres_answer {
  postgres_result last;                  ///< of the last statement; null when it failed
  std::optional<postgres_words> failed;  ///< the first thing that went wrong
};

enum class postgres_state { idle, in_transaction, failed_transaction, lost };

/// Where `url` leads, for messages: without password and options. `bad_config` when libpq cannot
/// read it, or when part of a password would be taken for something else.
result<std::string> postgres_name_of(const std::string& url);

class postgres_session {
 public:
  using on_row = unique_function<void(const pg_result*)>;

  /// Throws failure, also when the server cannot be reached.
  postgres_session(std::string url, const database_options& options);

  /// Anew, whatever was before. \throws failure (database_failed)
  void connect();
  [[nodiscard]] postgres_state state() const noexcept;
  [[nodiscard]] bool is_lost() const noexcept { return state() == postgres_state::lost; }
  void drop() noexcept { session_.reset(); }
  /// Whether the server has ended it, as far as word of that has come.
  [[nodiscard]] bool is_closed() noexcept;

  /// One or several statements without arguments.
  postgres_answer run(const std::string& text) { return run(text, patience_); }
  postgres_answer run(const std::string& text, std::chrono::milliseconds patience);
  postgres_answer prepare(const std::string& name, const std::string& text,
                          const postgres_arguments& args);
  /// With `each` the rows are given as they come, and none is kept.
  postgres_answer run_prepared(const std::string& name, const postgres_arguments& args,
                               on_row* each);

  /// For one transaction in which waits for locks may take so long; with a `;` behind it.
  [[nodiscard]] std::string limits_with(std::chrono::milliseconds waiting) const;
  [[nodiscard]] std::chrono::milliseconds patience() const noexcept { return patience_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& version_line() const noexcept { return version_line_; }

 private:
  static void on_notice(void* self, const pg_result* said);
  postgres_answer collect(bool sent, on_row* each, std::chrono::milliseconds patience);
  bool flush(std::chrono::milliseconds patience);
  short wait_for(short events, std::chrono::milliseconds patience) noexcept;
  /// Takes one result into `answer`; false when the session had to be given up.
  bool take(postgres_result one, on_row* each, postgres_answer& answer);
  void give_up(postgres_answer& answer, const std::string& why);
  void configure();

  std::string url_;
  std::string name_;
  std::string settings_;
  std::chrono::milliseconds statement_time_;
  std::chrono::milliseconds patience_;
  std::string version_line_;
  std::optional<postgres_words> ended_;  ///< the server's last word, when it came unasked
  std::unique_ptr<pg_conn, free_postgres> session_;
};

}  // namespace kith::sql
