// SPDX-License-Identifier: MPL-2.0
#include "sql/sqlite_connection.hpp"

#include <sqlite3.h>

#include "sql/database_url.hpp"
#include "sql/sqlite_error.hpp"

namespace kith::sql {
namespace {

/// Leaves the statement ready for its next use, and no lock held, however its run ends.
class reset_at_end {
 public:
  explicit reset_at_end(sqlite3_stmt* statement) noexcept : statement_{statement} {}
  reset_at_end(const reset_at_end&) = delete;
  reset_at_end& operator=(const reset_at_end&) = delete;
  ~reset_at_end() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_;
};

struct binder {
  sqlite3_stmt* statement;
  int index;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
  int operator()(std::int64_t number) const { return sqlite3_bind_int64(statement, index, number); }
  int operator()(double number) const { return sqlite3_bind_double(statement, index, number); }
  // The caller's arguments outlive the run, so nothing is copied (a null destructor is
  // SQLITE_STATIC). An empty view may hold a null pointer, which SQLite would take for NULL.
  int operator()(std::string_view text) const {
    return sqlite3_bind_text64(statement, index, text.empty() ? "" : text.data(), text.size(),
                               nullptr, SQLITE_UTF8);
  }
  int operator()(sql_argument::blob_view value) const {
    const auto octets = value.octets;
    return sqlite3_bind_blob64(statement, index, octets.empty() ? "" : octets.data(), octets.size(),
                               nullptr);
  }
};

sql_value column_value(sqlite3_stmt* statement, int column) {
  const auto length = [&] {
    return static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  };
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string{text, length()};
    }
    case SQLITE_BLOB: {
      const auto* octets = static_cast<const char*>(sqlite3_column_blob(statement, column));
      return octets == nullptr ? blob{} : blob{std::string{octets, length()}};
    }
    default: return std::monostate{};
  }
}

row::names_type column_names(sqlite3_stmt* statement) {
  std::vector<std::string> names;
  const int columns = sqlite3_column_count(statement);
  for (int column = 0; column < columns; ++column) {
    const char* name = sqlite3_column_name(statement, column);
    names.emplace_back(name != nullptr ? name : "");
  }
  return std::make_shared<const std::vector<std::string>>(std::move(names));
}

row row_of(sqlite3_stmt* statement, const row::names_type& names) {
  std::vector<sql_value> values;
  values.reserve(names->size());
  for (int column = 0; column < static_cast<int>(names->size()); ++column) {
    values.push_back(column_value(statement, column));
  }
  return {names, std::move(values)};
}

}  // namespace

std::string sqlite_connection::version_line() const {
  constexpr int wal_reset_mended = 3'051'003;
  std::string line = "SQLite " + std::string{sqlite3_libversion()} + ", WAL, synchronous=FULL";
  if (sqlite3_libversion_number() < wal_reset_mended) {
    line += "; older than 3.51.3, so checkpoints hold the write lock";
  }
  return line;
}

void sqlite_connection::close::operator()(sqlite3* handle) const noexcept {
  sqlite3_close_v2(handle);
}

sqlite_connection::sqlite_connection(std::string path, const database_options& options)
    : path_{std::move(path)}, max_rows_{options.max_rows} {
  allow_waiting(start_patience(options));
  open(options);
  configure(options);
}

void sqlite_connection::open(const database_options& options) {
  // One thread at a time is our own rule (database.hpp), so SQLite's mutexes would be for nothing.
  const int flags =
      SQLITE_OPEN_NOMUTEX |
      (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &raw, flags, nullptr);
  handle_.reset(raw);
  if (code != SQLITE_OK) {
    fail_with(code, {});
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_handler(raw, &sqlite_connection::on_busy, this);
  statements_ = std::make_unique<statement_cache>(raw, path_, options.statements);
}

void sqlite_connection::configure(const database_options& options) {
  if (!options.read_only && !in_memory()) {
    use_write_ahead_log();
  }
  script("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA journal_size_limit=67108864");
  // Off, on every connection: sqlite_checkpoint.cpp says why. It also clears the hook, so it goes
  // first.
  sqlite3_wal_autocheckpoint(handle_.get(), 0);
  sqlite3_wal_hook(handle_.get(), &sqlite_connection::on_commit, this);
  // "text" in double quotes is a name, not a string that nobody notices.
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (options.max_bytes != 0) {
    const auto page_bytes = std::stoull(pragma("PRAGMA page_size"));
    const auto pages = std::max<std::uint64_t>(options.max_bytes / page_bytes, 1);
    pragma("PRAGMA max_page_count=" + std::to_string(pages));
  }
}

void sqlite_connection::use_write_ahead_log() {
  // When several processes make the file at one moment, the change of mode answers busy at once,
  // without asking the busy handler: a deadlock would be possible otherwise.
  for (;;) {
    try {
      if (const auto mode = pragma("PRAGMA journal_mode=WAL"); mode != "wal") {
        throw failure{error{errc::database_failed,
                            "database " + path_ + ": no write-ahead log here (journal mode is " +
                                mode + "); put it on a local disk"}};
      }
      return;
    } catch (const failure& reason) {
      if (reason.what_code() != errc::database_busy || !pause()) {
        throw;
      }
    }
  }
}

std::string sqlite_connection::pragma(std::string_view sql) {
  const auto rows = query(sql, {}, true, 1);
  if (rows.empty()) {
    return {};
  }
  const auto* number = std::get_if<std::int64_t>(&rows.front().at(0));
  return number != nullptr ? std::to_string(*number) : rows.front().get<std::string>(0);
}

bool sqlite_connection::pause() noexcept {
  const auto next = busy_.next_pause();
  if (next) {
    sqlite3_sleep(static_cast<int>(next->count()));
  }
  return next.has_value();
}

int sqlite_connection::on_busy(void* self, int /*attempts*/) {
  return static_cast<sqlite_connection*>(self)->pause() ? 1 : 0;
}

int sqlite_connection::on_commit(void* self, sqlite3* /*handle*/, const char* /*name*/, int pages) {
  static_cast<sqlite_connection*>(self)->log_pages_ = static_cast<std::uint64_t>(pages);
  return SQLITE_OK;
}

void sqlite_connection::begin(bool writes) {
  rollback();  // what a failed rollback may have left
  execute(writes ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED", {}, true);
}

void sqlite_connection::commit() {
  if (!in_transaction()) {
    throw failure{error{
        errc::database_failed,
        "database " + path_ + ": the transaction ended before its work did, nothing is certain",
        kith::outcome::outcome_unknown}};
  }
  constexpr std::string_view sql = "COMMIT";
  auto* statement = statements_->get(sql);
  const int code = sqlite3_step(statement);
  sqlite3_reset(statement);
  if (code != SQLITE_DONE) {
    // A failed write or sync may or may not have reached the disk; all else was refused before.
    const bool unknown = (code & 0xff) == SQLITE_IOERR;
    fail_with(code, sql, unknown ? kith::outcome::outcome_unknown : kith::outcome::not_sent);
  }
}

void sqlite_connection::rollback() noexcept {
  // Some errors (full, input/output) have rolled back already.
  if (in_transaction()) {
    sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

bool sqlite_connection::in_transaction() const noexcept {
  return sqlite3_get_autocommit(handle_.get()) == 0;
}

sqlite3_stmt* sqlite_connection::bound(std::string_view sql, std::span<const sql_argument> args,
                                       bool may_write) {
  auto* statement = statements_->get(sql);
  const auto wanted = static_cast<std::size_t>(sqlite3_bind_parameter_count(statement));
  if (wanted != args.size()) {
    throw failure{error{errc::database_refused, "database " + path_ + ": " +
                                                    std::to_string(args.size()) +
                                                    " arguments for " + std::to_string(wanted) +
                                                    " places in: " + std::string{sql}}};
  }
  if (!may_write && sqlite3_stmt_readonly(statement) == 0) {
    throw failure{
        error{errc::database_refused,
              "database " + path_ + ": a read transaction does not write: " + std::string{sql}}};
  }
  for (std::size_t i = 0; i < args.size(); ++i) {
    const int code = std::visit(binder{statement, static_cast<int>(i) + 1}, args[i].value());
    if (code != SQLITE_OK) {
      fail_with(code, sql);
    }
  }
  return statement;
}

std::int64_t sqlite_connection::execute(std::string_view sql, std::span<const sql_argument> args,
                                        bool may_write) {
  auto* statement = bound(sql, args, may_write);
  const reset_at_end guard{statement};
  const auto before = sqlite3_total_changes64(handle_.get());
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) {
    code = sqlite3_step(statement);
  }
  if (code != SQLITE_DONE) {
    fail_with(code, sql);
  }
  // changes() keeps the last number when a statement changes nothing by its kind, as BEGIN does.
  return sqlite3_total_changes64(handle_.get()) == before ? 0 : sqlite3_changes64(handle_.get());
}

std::vector<row> sqlite_connection::query(std::string_view sql, std::span<const sql_argument> args,
                                          bool may_write, std::size_t first_rows) {
  auto* statement = bound(sql, args, may_write);
  const reset_at_end guard{statement};
  row::names_type names;
  std::vector<row> rows;
  int code = SQLITE_DONE;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    // Read after the first step: a schema change compiles the statement anew there.
    names = names != nullptr ? names : column_names(statement);
    rows.push_back(row_of(statement, names));
    if (rows.size() == first_rows) {
      return rows;
    }
    if (rows.size() > max_rows_) {
      throw failure{error{errc::too_large, "database " + path_ + ": more than " +
                                               std::to_string(max_rows_) +
                                               " rows, use LIMIT, in: " + std::string{sql}}};
    }
  }
  if (code != SQLITE_DONE) {
    fail_with(code, sql);
  }
  return rows;
}

void sqlite_connection::script(std::string_view sql) {
  const std::string text{sql};
  const int code = sqlite3_exec(handle_.get(), text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    fail_with(code, sql);
  }
}

std::int64_t sqlite_connection::last_id() {
  return sqlite3_last_insert_rowid(handle_.get());
}

bool sqlite_connection::has_meta_tables() {
  return !query("SELECT 1 FROM sqlite_master WHERE name = 'kith_migrations'", {}, false, 1).empty();
}

void sqlite_connection::make_meta_tables() {
  script(
      "CREATE TABLE IF NOT EXISTS kith_meta("
      "  key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS kith_migrations("
      "  name TEXT NOT NULL, step INTEGER NOT NULL, checksum INTEGER NOT NULL,"
      "  PRIMARY KEY(name, step)) WITHOUT ROWID;"
      "INSERT OR IGNORE INTO kith_meta(key, value)"
      "  VALUES('identity', lower(hex(randomblob(16))))");
}

/// The first to open a database takes for committed what the log holds: a process that died between
/// write and sync may have left it, and the machine's next loss of power would take it back after
/// others have read it. SQLite syncs the log with the next commit only.
void sqlite_connection::sync_what_is_found() {
  sqlite3_file* log = nullptr;
  sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log == nullptr || log->pMethods == nullptr) {
    return;
  }
  if (const int code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL); code != SQLITE_OK) {
    fail_with(code, "sync");
  }
}

checkpoint_report sqlite_connection::checkpoint_passive() {
  int log_pages = 0;
  int moved_pages = 0;
  const int code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                             &log_pages, &moved_pages);
  if ((code & 0xff) == SQLITE_BUSY) {
    return {.busy = true};
  }
  if (code != SQLITE_OK) {
    fail_with(code, "checkpoint");
  }
  // -1 means that the file has no write-ahead log.
  return {.log_pages = static_cast<std::uint64_t>(std::max(log_pages, 0)),
          .moved_pages = static_cast<std::uint64_t>(std::max(moved_pages, 0))};
}

bool sqlite_connection::in_memory() const noexcept {
  return path_ == memory_path;
}

void sqlite_connection::fail_with(int code, std::string_view sql, kith::outcome certainty) {
  throw failure{sqlite_error(handle_.get(), code, path_, sql, certainty)};
}

}  // namespace kith::sql
