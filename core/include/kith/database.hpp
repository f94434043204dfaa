// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// A small face on a SQL database, for services and for kith's own durable log: SQLite, for one
/// host, or PostgreSQL, by URL. The promises are the same on both.
///
/// Everything here blocks: call it from a pool, never from the loop. Errors are `kith::failure`
/// with `database_busy` (locked by others for longer than `busy_time`; try again later),
/// `database_refused` (a constraint, a mistake in the SQL) or `database_failed` (a full disk, a
/// damaged file, a server that is gone); the message names the database, the SQL and the database's
/// own words, and never a password. The outcome is `not_sent` when nothing was kept,
/// `outcome_unknown` when a commit itself failed. After a server was gone the next transaction
/// connects again.
///
/// SQL that both understand: `?` for arguments, INTEGER (64 bits), REAL, TEXT and BLOB columns,
/// `INSERT ... ON CONFLICT DO NOTHING` or `DO UPDATE`, `RETURNING`, CAST, `||`. Columns keep to
/// their types, and text is valid UTF-8 without a zero octet: SQLite is laxer with both, PostgreSQL
/// refuses. In PostgreSQL a word that it reserves (`user`, `order`, `authorization`) is in double
/// quotes where it names a column.

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <kith/contract.hpp>
#include <kith/errors.hpp>
#include <kith/function.hpp>

namespace kith {

namespace sql {
class appending;
class connection;
class savepoint;
class work_scope;
struct event_buffer;
}  // namespace sql

/// Octets that are not text.
struct blob {
  std::string octets;
  friend bool operator==(const blob&, const blob&) = default;
};

/// What a column holds; monostate is NULL.
using sql_value = std::variant<std::monostate, std::int64_t, double, std::string, blob>;

/// One argument of a statement. It borrows texts: they live until the statement has run.
class sql_argument {
 public:
  struct blob_view {
    std::string_view octets;
  };
  using value_type =
      std::variant<std::monostate, std::int64_t, double, std::string_view, blob_view>;

  sql_argument(std::nullopt_t) noexcept {}
  template <std::integral T>
  sql_argument(T number) : value_{to_integer(number)} {}
  sql_argument(double number) noexcept : value_{number} {}
  template <class T>
    requires(std::convertible_to<const T&, std::string_view>)
  sql_argument(const T& text) : value_{std::string_view{text}} {}
  sql_argument(const blob& octets) noexcept : value_{blob_view{octets.octets}} {}
  /// For a column of octets that holds no text.
  static sql_argument octets(std::string_view of) noexcept {
    sql_argument made{std::nullopt};
    made.value_ = blob_view{of};
    return made;
  }
  template <class T>
  sql_argument(const std::optional<T>& maybe)
      : value_{maybe ? sql_argument{*maybe}.value_ : value_type{}} {}

  [[nodiscard]] const value_type& value() const noexcept { return value_; }

 private:
  template <std::integral T>
  static std::int64_t to_integer(T number) {
    if constexpr (std::unsigned_integral<T> && sizeof(T) == sizeof(std::int64_t)) {
      if (number > static_cast<T>(std::numeric_limits<std::int64_t>::max())) {
        throw failure{errc::overflow, "a number over 2^63 - 1 does not fit a database column"};
      }
    }
    return static_cast<std::int64_t>(number);
  }

  value_type value_;
};

/// One row of an answer, a copy: it outlives the transaction.
class row {
 public:
  using names_type = std::shared_ptr<const std::vector<std::string>>;

  row(names_type names, std::vector<sql_value> values) noexcept
      : names_{std::move(names)}, values_{std::move(values)} {}

  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  /// \throws failure (database_refused) when there is no such column
  [[nodiscard]] const sql_value& at(std::size_t column) const;

  /// An integer type (range checked), bool, double, std::string, blob, or std::optional of one for
  /// a column that may be NULL. Nothing is converted but an integer to double.
  /// \throws failure (database_refused) that names the column
  template <class T>
  [[nodiscard]] T get(std::size_t column) const {
    if constexpr (is_optional<T>::value) {
      return std::holds_alternative<std::monostate>(at(column))
                 ? T{}
                 : T{get<typename T::value_type>(column)};
    } else if constexpr (std::same_as<T, bool>) {
      return integer(column, 0, 1) != 0;
    } else if constexpr (std::integral<T>) {
      using bounds = std::numeric_limits<T>;
      constexpr bool wide = std::unsigned_integral<T> && sizeof(T) == sizeof(std::int64_t);
      constexpr auto most = wide ? std::numeric_limits<std::int64_t>::max()
                                 : static_cast<std::int64_t>(bounds::max());
      return static_cast<T>(integer(column, static_cast<std::int64_t>(bounds::min()), most));
    } else if constexpr (std::same_as<T, double>) {
      return real(column);
    } else if constexpr (std::same_as<T, std::string>) {
      return text(column);
    } else {
      static_assert(std::same_as<T, blob>, "a column is a number, text, blob, or optional of one");
      return octets(column);
    }
  }

 private:
  template <class T>
  struct is_optional : std::false_type {};
  template <class T>
  struct is_optional<std::optional<T>> : std::true_type {};

  [[nodiscard]] std::int64_t integer(std::size_t column, std::int64_t least,
                                     std::int64_t most) const;
  [[nodiscard]] double real(std::size_t column) const;
  [[nodiscard]] std::string text(std::size_t column) const;
  [[nodiscard]] blob octets(std::size_t column) const;
  [[noreturn]] void refuse(std::size_t column, std::string_view wanted) const;

  names_type names_;
  std::vector<sql_value> values_;
};

/// Beside an event that is appended. The texts are copied; key and traceparent have at most 200
/// octets.
struct append_options {
  /// What the event is about, as "order 42": who follows the log can ask for one key only.
  std::string_view key{};
  /// W3C `traceparent` to go on with, instead of that of `current_trace()`.
  std::string_view traceparent{};
  /// And its `tracestate`. What is none is not kept, and no error.
  std::string_view tracestate{};
};

/// What runs inside `database::transaction` or `database::read`: valid until that returns. SQL is
/// one statement with `?` for each argument.
///
/// Let the failure of a statement go on: PostgreSQL commits nothing of a transaction in which one
/// has failed, and gives the failure again, while SQLite would go on without that statement.
class transaction {
 public:
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  /// Returns the number of rows inserted, changed or deleted.
  template <class... Args>
  std::int64_t execute(std::string_view sql, const Args&... args) {
    return execute_bound(sql, std::array<sql_argument, sizeof...(Args)>{sql_argument{args}...});
  }
  /// All rows at once: page long answers with LIMIT. More than `database_options::max_rows` fail.
  template <class... Args>
  std::vector<row> query(std::string_view sql, const Args&... args) {
    return query_bound(sql, std::array<sql_argument, sizeof...(Args)>{sql_argument{args}...}, 0);
  }
  /// The first row, if there is one.
  template <class... Args>
  std::optional<row> find(std::string_view sql, const Args&... args) {
    auto rows =
        query_bound(sql, std::array<sql_argument, sizeof...(Args)>{sql_argument{args}...}, 1);
    return rows.empty() ? std::nullopt : std::optional<row>{std::move(rows.front())};
  }
  /// The same with as many arguments as there are at run time.
  std::int64_t execute(std::string_view sql, std::span<const sql_argument> args) {
    return execute_bound(sql, args);
  }
  std::vector<row> query(std::string_view sql, std::span<const sql_argument> args) {
    return query_bound(sql, args, 0);
  }
  /// What the database gave to the last row that this transaction inserted into a table with an
  /// `INTEGER PRIMARY KEY AUTOINCREMENT`, when that was left out of the INSERT. Numbers grow; on
  /// PostgreSQL those of transactions that failed are missing.
  [[nodiscard]] std::int64_t last_id() const;

  /// Adds an event to this database's log: it is published when this commits, and never otherwise.
  /// Only in `outbox::transaction` and in handlers of an inbox (kith/durable.hpp).
  /// \throws failure `failed_precondition` elsewhere, `too_large`, `invalid_argument`
  template <class Event>
  void append(const topic<Event>& which, const std::type_identity_t<Event>& event,
              const append_options& options = {}) {
    append_encoded(which.name, encode(event), options);
  }

 private:
  friend class database;
  friend class sql::appending;
  friend class sql::savepoint;
  friend class sql::work_scope;
  explicit transaction(sql::connection& through, bool may_write) noexcept
      : connection_{&through}, may_write_{may_write} {}

  std::int64_t execute_bound(std::string_view sql, std::span<const sql_argument> args);
  std::vector<row> query_bound(std::string_view sql, std::span<const sql_argument> args,
                               std::size_t first_rows);
  void append_encoded(std::string_view topic, std::string body, const append_options& options);

  sql::connection* connection_;
  sql::event_buffer* events_ = nullptr;
  bool may_write_;
};

/// How a database is opened. The defaults suit a service on one file or server.
struct database_options {
  /// How long one transaction waits for other writers, all its waits together. Raise it when many
  /// processes share a database; a caller then waits longer before it hears `database_busy`.
  /// Opening and migrating wait five times as long.
  std::chrono::milliseconds busy_time{2000};
  /// SQLite: a commit that leaves the write-ahead log this long (in pages of 4 KiB) also runs a
  /// checkpoint. Larger: rarer pauses of some ms, longer recovery, more disk. 0: only
  /// `checkpoint()` does it.
  std::uint32_t checkpoint_pages = 1000;
  std::size_t statements = 64;     ///< prepared statements kept, the least used go first
  std::size_t max_rows = 100'000;  ///< of one query
  std::uint64_t max_bytes = 0;     ///< size limit of an SQLite file for this process; 0 for none
  bool read_only = false;          ///< the database must exist
  /// PostgreSQL: one statement may take so long besides its wait for locks, and a transaction may
  /// stand still so long, before the server ends it; a server that is silent for longer is given up
  /// (`database_failed`). A step of a migration has an hour.
  std::chrono::milliseconds statement_time{30'000};
};

/// What `database::checkpoint` did; all zero where there is no write-ahead log to move.
struct checkpoint_report {
  std::uint64_t log_pages = 0;    ///< pages in the write-ahead log
  std::uint64_t moved_pages = 0;  ///< of them now in the database; fewer while a reader holds some
  bool busy = false;              ///< a writer was at work: nothing done, try again later
};

/// One database, opened. Not thread-safe: one call at a time, from any thread (give it a pool of
/// one thread, or each thread a database of its own: an open file or connection, and some 100 KiB).
/// Several of them, in this and in other processes, may work on one database; those of an SQLite
/// file are on one host. Two calls at once, or a transaction inside a transaction, throw
/// `failed_precondition`.
///
/// Never carry one across fork().
class database {
 public:
  /// `sqlite:///absolute/path`, `sqlite:relative/path`, a plain path, or `:memory:`. The file is
  /// made when missing, its directory is not. Or `postgresql://user@host:port/database?option=...`
  /// with libpq's options, whose database exists and is in UTF-8.
  /// \throws failure `bad_config` for a URL it cannot serve, `database_failed` when opening fails
  static database open(std::string_view url, const database_options& options = {});

  database(database&&) noexcept;
  database& operator=(database&&) noexcept;
  ~database();

  /// Runs `work(transaction&)` and commits; returns what it returned. When it throws, nothing is
  /// kept and the exception goes on. The write lock is taken at the start, so two transactions
  /// never meet half-way. `work` does nothing but SQL, and may be run again from its start.
  template <class F>
  auto transaction(F&& work) -> std::invoke_result_t<F&, kith::transaction&> {
    return run_for_result(true, work);
  }

  /// Like `transaction`, for statements that only read: one consistent view, no lock taken, no
  /// writer delayed. Keep it short: while it runs SQLite's write-ahead log cannot shrink, and
  /// PostgreSQL cannot clear away old rows.
  template <class F>
  auto read(F&& work) -> std::invoke_result_t<F&, kith::transaction&> {
    return run_for_result(false, work);
  }

  /// Brings the schema called `name` up to date: the steps not yet applied are, all or none, each
  /// once, also when several processes start together. A step may hold several statements. Steps
  /// are only ever appended: an edited step, or a database with more steps than these (made by a
  /// newer program), is refused. To put a name in double quotes is no edit.
  ///
  /// Steps are written for SQLite. For PostgreSQL the types of columns are translated: INTEGER and
  /// INT become BIGINT, REAL DOUBLE PRECISION, BLOB BYTEA, TEXT is ordered by its octets (COLLATE
  /// "C"), and INTEGER PRIMARY KEY AUTOINCREMENT becomes BIGINT GENERATED BY DEFAULT AS IDENTITY
  /// PRIMARY KEY. Only AUTOINCREMENT gives numbers on both.
  void migrate(std::string_view name, std::span<const std::string_view> steps);
  void migrate(std::string_view name, std::initializer_list<std::string_view> steps) {
    migrate(name, std::span<const std::string_view>{steps.begin(), steps.size()});
  }

  /// Moves the write-ahead log into the database file, as far as no reader needs it. Safe with any
  /// number of processes on the file that all go through this class. Nothing to do on PostgreSQL,
  /// which does it by itself.
  checkpoint_report checkpoint();
  /// Length of the write-ahead log when this database last committed.
  [[nodiscard]] std::uint64_t log_pages() const noexcept;

  /// 32 hexadecimal digits drawn when the database was made: the same for all who work on it, and
  /// in its backups. Empty when opened read-only before anyone else opened it.
  [[nodiscard]] const std::string& identity() const noexcept;
  /// The file, or the URL without password and options.
  [[nodiscard]] const std::string& path() const noexcept;

  /// For the start-up log: what it works on and how safe that is. "SQLite 3.40.1, WAL, ..."
  [[nodiscard]] std::string version_line() const;

 private:
  struct impl;
  explicit database(std::unique_ptr<impl> inside) noexcept;

  void run(bool writes, unique_function<void(kith::transaction&)> work);

  template <class F>
  auto run_for_result(bool writes, F& work) -> std::invoke_result_t<F&, kith::transaction&> {
    using result_type = std::invoke_result_t<F&, kith::transaction&>;
    if constexpr (std::is_void_v<result_type>) {
      run(writes, [&work](kith::transaction& tx) { work(tx); });
    } else {
      std::optional<result_type> answer;
      run(writes, [&](kith::transaction& tx) { answer.emplace(work(tx)); });
      return std::move(*answer);
    }
  }

  std::unique_ptr<impl> impl_;
};

}  // namespace kith
