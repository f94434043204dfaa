// SPDX-License-Identifier: MPL-2.0
#include "sql/postgres_connection.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>

#include <libpq-fe.h>

#include "sql/shown_sql.hpp"
#include "sql/sql_text.hpp"

namespace kith::sql {
namespace {

/// "kithlock" in ASCII: no other program takes this one by chance.
constexpr std::int64_t write_lock_key = 0x6b6974686c6f636b;
/// The server needs a second to see a deadlock, so these are not counted by the pauses between.
constexpr int most_conflicts = 8;
constexpr std::chrono::hours migration_time{1};

/// The same SQL with arguments of other kinds is another statement: they settle its types.
std::string key_of(std::string_view sql, std::span<const sql_argument> args) {
  std::string key{sql};
  key += '\0';
  for (const auto& one : args) {
    key += static_cast<char>('0' + one.value().index());
  }
  return key;
}

bool undoes(std::string_view sql) noexcept {
  constexpr std::string_view word = "ROLLBACK";
  sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n"), sql.size()));
  return sql.size() >= word.size() &&
         std::equal(word.begin(), word.end(), sql.begin(),
                    [](char a, char b) { return a == b || a + ('a' - 'A') == b; });
}

std::int64_t changed_rows(const pg_result* result) {
  auto* const of = const_cast<PGresult*>(result);  // libpq does not change it
  const std::string_view tag = PQcmdStatus(of);
  if (tag.starts_with("SELECT") || tag.starts_with("FETCH")) {
    return 0;  // it counts what it gives, too
  }
  const std::string_view digits = PQcmdTuples(of);
  std::int64_t rows = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), rows);
  return rows;
}

row::names_type names_in(const pg_result* result) {
  std::vector<std::string> names;
  for (int column = 0; column < PQnfields(result); ++column) {
    names.emplace_back(PQfname(result, column));
  }
  return std::make_shared<const std::vector<std::string>>(std::move(names));
}

row row_in(const pg_result* result, const row::names_type& names) {
  std::vector<sql_value> values;
  values.reserve(names->size());
  for (int column = 0; column < PQnfields(result); ++column) {
    if (PQgetisnull(result, 0, column) == 1) {
      values.emplace_back();
      continue;
    }
    const std::string_view octets{PQgetvalue(result, 0, column),
                                  static_cast<std::size_t>(PQgetlength(result, 0, column))};
    values.push_back(postgres_value(PQftype(result, column), octets,
                                    (*names)[static_cast<std::size_t>(column)]));
  }
  return {names, std::move(values)};
}

}  // namespace

postgres_connection::postgres_connection(const std::string& url, const database_options& options)
    : max_rows_{options.max_rows},
      max_statements_{std::max<std::size_t>(options.statements, 1)},
      read_only_{options.read_only},
      busy_time_{options.busy_time},
      waiting_{options.busy_time},
      session_{url, options} {}

void postgres_connection::allow_waiting(std::chrono::milliseconds budget) noexcept {
  busy_.restart(budget);
  waiting_ = budget;
  conflicts_ = 0;
}

bool postgres_connection::pause() noexcept {
  const auto next = busy_.next_pause();
  if (next) {
    ::poll(nullptr, 0, static_cast<int>(next->count()));
  }
  return next.has_value();
}

void postgres_connection::begin(bool writes) {
  rollback();  // what a failed rollback may have left
  failed_.reset();
  if (writes && read_only_) {
    throw failure{error{errc::database_failed, "database " + path() + ": it is read-only"}};
  }
  std::string text = writes ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
                            : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ";
  if (waiting_ != busy_time_) {
    text += session_.limits_with(waiting_);
  }
  if (writes) {
    text += "SELECT pg_advisory_xact_lock(" + std::to_string(write_lock_key) + ")";
  }
  const auto patience = session_.patience() + waiting_;
  // A server that was restarted since the last transaction is noticed only now.
  const bool may_be_stale = !session_.is_lost();
  if (!may_be_stale) {
    reconnect();
  }
  auto answer = session_.run(text, patience);
  if (answer.failed && session_.is_lost() && may_be_stale) {
    reconnect();
    answer = session_.run(text, patience);
  }
  if (!answer.failed) {
    return;
  }
  if (postgres_code_of(answer.failed->state) == errc::database_refused) {  // a standby
    throw failure{error{errc::database_failed,
                        "database " + path() + ": it takes no transactions (PostgreSQL " +
                            answer.failed->state + ": " + answer.failed->text + ")"}};
  }
  fail_with(*answer.failed, writes ? "BEGIN, with the write lock" : "BEGIN");
}

void postgres_connection::commit() {
  const auto state = session_.state();
  if (state == postgres_state::idle) {
    throw failure{error{
        errc::database_failed,
        "database " + path() + ": the transaction ended before its work did, nothing is certain",
        kith::outcome::outcome_unknown}};
  }
  if (state != postgres_state::in_transaction) {
    throw failure{failed_.value_or(
        error{errc::database_failed, "database " + path() + ": the connection was lost"})};
  }
  // Who was disconnected before has certainly committed nothing; the answer tells why it was.
  const bool too_late = session_.is_closed();
  const auto answer = session_.run(too_late ? "ROLLBACK" : "COMMIT");
  if (answer.failed) {
    const bool unknown = session_.is_lost() && !too_late;
    fail_with(*answer.failed, "COMMIT",
              unknown ? kith::outcome::outcome_unknown : kith::outcome::not_sent);
  }
  if (std::string_view{PQcmdStatus(answer.last.get())} != "COMMIT") {
    throw failure{
        error{errc::database_failed,
              "database " + path() + ": the transaction was undone instead of committed"}};
  }
}

void postgres_connection::rollback() noexcept {
  try {
    if (in_transaction() && session_.run("ROLLBACK").failed) {
      session_.drop();
    }
    if (statements_outdated_ && !session_.is_lost()) {
      forget_statements();
      if (session_.run("DEALLOCATE ALL").failed) {
        session_.drop();
      }
    }
  } catch (...) {
    session_.drop();  // out of memory: a new session has no transaction
  }
}

bool postgres_connection::in_transaction() const noexcept {
  const auto state = session_.state();
  return state == postgres_state::in_transaction || state == postgres_state::failed_transaction;
}

std::int64_t postgres_connection::execute(std::string_view sql, std::span<const sql_argument> args,
                                          bool /*may_write*/) {
  const auto answer = run(sql, args, nullptr);
  return changed_rows(answer.last.get());
}

std::vector<row> postgres_connection::query(std::string_view sql,
                                            std::span<const sql_argument> args, bool /*may_write*/,
                                            std::size_t first_rows) {
  row::names_type names;
  std::vector<row> rows;
  bool too_many = false;
  std::exception_ptr wrong;
  // All that comes is taken from the session, wanted or not, or it could do nothing else.
  postgres_session::on_row take = [&](const pg_result* result) {
    if (wrong != nullptr || too_many || (first_rows != 0 && rows.size() == first_rows)) {
      return;
    }
    if (rows.size() == max_rows_) {
      too_many = true;
      return;
    }
    try {
      names = names != nullptr ? names : names_in(result);
      rows.push_back(row_in(result, names));
    } catch (...) {
      wrong = std::current_exception();
    }
  };
  run(sql, args, &take);
  if (wrong != nullptr) {
    std::rethrow_exception(wrong);
  }
  if (too_many) {
    throw failure{error{errc::too_large, "database " + path() + ": more than " +
                                             std::to_string(max_rows_) +
                                             " rows, use LIMIT, in: " + std::string{sql}}};
  }
  return rows;
}

postgres_answer postgres_connection::run(std::string_view sql, std::span<const sql_argument> args,
                                         postgres_session::on_row* each) {
  if (session_.state() == postgres_state::failed_transaction) {
    return run_after_failure(sql, args);
  }
  if (session_.is_lost()) {
    throw failure{failed_.value_or(
        error{errc::database_failed, "database " + path() + ": the connection was lost"})};
  }
  const postgres_arguments given{args};
  auto key = key_of(sql, args);
  const auto* name = known(key);
  const bool fresh = name == nullptr;
  if (fresh) {
    name = &prepare(sql, std::move(key), given);
  }
  auto answer = session_.run_prepared(*name, given, each);
  if (answer.failed) {
    if (!fresh && is_outdated_statement(answer.failed->state)) {
      statements_outdated_ = true;
      failed_ =
          error{errc::database_busy,
                "database " + path() + ": its tables were changed meanwhile (PostgreSQL " +
                    answer.failed->state + ": " + answer.failed->text + ") in: " + shown_sql(sql)};
      throw failure{*failed_};
    }
    fail_with(*answer.failed, sql);
  }
  return answer;
}

/// Only what undoes the failure is of use.
postgres_answer postgres_connection::run_after_failure(std::string_view sql,
                                                       std::span<const sql_argument> args) {
  if (!args.empty() || !undoes(sql)) {
    throw failure{failed_.value_or(
        error{errc::database_refused,
              "database " + path() + ": an earlier statement of the transaction failed"})};
  }
  auto answer = session_.run(std::string{sql});
  if (answer.failed) {
    fail_with(*answer.failed, sql);
  }
  if (session_.state() == postgres_state::in_transaction) {
    failed_.reset();
  }
  return answer;
}

const std::string* postgres_connection::known(const std::string& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) {
    return nullptr;
  }
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return &found->second->name;
}

const std::string& postgres_connection::prepare(std::string_view sql, std::string key,
                                                const postgres_arguments& args) {
  const auto numbered = number_places(sql);
  if (numbered.statements != 1) {
    refuse("exactly one statement is wanted, in: " + shown_sql(sql));
  }
  if (numbered.places != static_cast<std::size_t>(args.size())) {
    refuse(std::to_string(args.size()) + " arguments for " + std::to_string(numbered.places) +
           " places in: " + std::string{sql});
  }
  if (sql.find('\0') != std::string_view::npos) {
    refuse("SQL holds no zero octet");
  }
  if (by_use_.size() >= max_statements_) {
    drop_least_used();
  }
  auto name = "kith_" + std::to_string(++names_given_);
  const auto answer = session_.prepare(name, numbered.text, args);
  if (answer.failed) {
    fail_with(*answer.failed, sql);
  }
  by_use_.push_front({std::move(key), std::move(name)});
  index_.emplace(by_use_.front().key, by_use_.begin());
  return by_use_.front().name;
}

void postgres_connection::drop_least_used() {
  const std::string text = "DEALLOCATE " + by_use_.back().name;
  index_.erase(by_use_.back().key);
  by_use_.pop_back();
  const auto answer = session_.run(text);
  if (answer.failed) {
    fail_with(*answer.failed, text);
  }
}

void postgres_connection::forget_statements() noexcept {
  index_.clear();
  by_use_.clear();
  statements_outdated_ = false;
}

void postgres_connection::reconnect() {
  forget_statements();
  session_.connect();
}

void postgres_connection::script(std::string_view sql) {
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(migration_time);
  auto answer =
      session_.run("SET LOCAL statement_timeout = '" + std::to_string(limit.count()) + "ms'");
  if (!answer.failed) {
    answer = session_.run(schema_for_postgres(sql), limit);
  }
  if (answer.failed) {
    fail_with(*answer.failed, sql);
  }
}

std::int64_t postgres_connection::last_id() {
  return query("SELECT lastval()", {}, true, 1).front().get<std::int64_t>(0);
}

bool postgres_connection::has_meta_tables() {
  const auto found = query("SELECT to_regclass('kith_migrations') IS NOT NULL", {}, false, 1);
  return found.front().get<bool>(0);
}

void postgres_connection::make_meta_tables() {
  script(
      "CREATE TABLE IF NOT EXISTS kith_meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);"
      "CREATE TABLE IF NOT EXISTS kith_migrations("
      "  name TEXT NOT NULL, step INTEGER NOT NULL, checksum INTEGER NOT NULL,"
      "  PRIMARY KEY(name, step));"
      "INSERT INTO kith_meta(key, value)"
      "  VALUES('identity', replace(gen_random_uuid()::text, '-', '')) ON CONFLICT DO NOTHING");
}

void postgres_connection::fail_with(const postgres_words& said, std::string_view sql,
                                    kith::outcome certainty) {
  auto why = postgres_error(path(), said, sql, certainty);
  if (is_lock_timeout(said.state) || (is_conflict(said.state) && ++conflicts_ >= most_conflicts)) {
    busy_.restart(std::chrono::milliseconds{0});  // it is used up
  }
  if (!failed_) {
    failed_ = why;
  }
  throw failure{std::move(why)};
}

void postgres_connection::refuse(const std::string& why) const {
  throw failure{error{errc::database_refused, "database " + path() + ": " + why}};
}

}  // namespace kith::sql
