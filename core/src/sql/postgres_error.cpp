// SPDX-License-Identifier: MPL-2.0
#include "sql/postgres_error.hpp"

#include <algorithm>
#include <array>

#include "sql/shown_sql.hpp"

namespace kith::sql {
namespace {

struct state_fact {
  std::string_view begins_with;
  errc code;
  std::string_view words;
};

// The first that fits. What is not here means that the database cannot work: such an error is
// nobody's fault and counted against nobody.
constexpr std::array state_facts{
    state_fact{"40", errc::database_busy, "another transaction was in the way"},
    state_fact{"55P03", errc::database_busy, "it stayed locked by another writer for too long"},
    state_fact{"0A", errc::database_refused, "the statement failed"},
    state_fact{"21", errc::database_refused, "the statement failed"},
    state_fact{"22", errc::database_refused, "a value does not fit"},
    state_fact{"23", errc::database_refused, "a constraint forbids it"},
    state_fact{"25006", errc::database_refused, "a read transaction does not write"},
    state_fact{"25P02", errc::database_refused, "an earlier statement of the transaction failed"},
    state_fact{"25P03", errc::database_failed, "a transaction stood still for too long"},
    state_fact{"2F", errc::database_refused, "the statement failed"},
    state_fact{"34", errc::database_refused, "the statement failed"},
    state_fact{"38", errc::database_refused, "the statement failed"},
    state_fact{"39", errc::database_refused, "the statement failed"},
    state_fact{"3B", errc::database_refused, "the statement failed"},
    state_fact{"42501", errc::database_failed, "this user may not do that"},
    state_fact{"42", errc::database_refused, "the statement failed"},
    state_fact{"44", errc::database_refused, "a constraint forbids it"},
    state_fact{"54", errc::database_refused, "the statement is too large"},
    state_fact{"P0", errc::database_refused, "the statement failed"},
    state_fact{"26", errc::database_failed, "it does not know a statement that was prepared"},
    state_fact{"28", errc::database_failed, "it does not admit this user"},
    state_fact{"53100", errc::database_failed, "its disk is full"},
    state_fact{"53300", errc::database_failed, "it has too many connections"},
    state_fact{"53", errc::database_failed, "it is out of memory, disk or connections"},
    state_fact{"57014", errc::database_failed, "the statement took too long, or was cancelled"},
    state_fact{"57P", errc::database_failed, "it is shutting down or starting up"},
    state_fact{"58", errc::database_failed, "input/output error"},
    state_fact{"XX", errc::database_failed, "it is damaged, or PostgreSQL is"},
};

state_fact fact_of(std::string_view state) noexcept {
  const auto* const found =
      std::find_if(state_facts.begin(), state_facts.end(),
                   [&](const state_fact& one) { return state.starts_with(one.begins_with); });
  if (found != state_facts.end()) {
    return *found;
  }
  return {"", errc::database_failed,
          state.empty() ? "the connection was lost" : "the database cannot work"};
}

}  // namespace

errc postgres_code_of(std::string_view state) noexcept {
  return fact_of(state).code;
}

bool is_conflict(std::string_view state) noexcept {
  return state.starts_with("40");
}
bool is_lock_timeout(std::string_view state) noexcept {
  return state == "55P03";
}
bool is_outdated_statement(std::string_view state) noexcept {
  return state == "0A000" || state == "26000";
}

error postgres_error(std::string_view database, const postgres_words& said, std::string_view sql,
                     outcome certainty) {
  const auto fact = fact_of(said.state);
  std::string message = "database " + std::string{database} + ": " + std::string{fact.words};
  message += " (PostgreSQL" + (said.state.empty() ? "" : " " + said.state) + ": " + said.text + ")";
  if (!sql.empty()) {
    message += " in: " + shown_sql(sql);
  }
  return error{fact.code, std::move(message), certainty};
}

}  // namespace kith::sql
