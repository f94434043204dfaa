// SPDX-License-Identifier: MPL-2.0
#include "sql/postgres_session.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include <libpq-fe.h>

namespace kith::sql {
namespace {

using std::chrono::milliseconds;

/// How much longer than the server itself we wait for what it limits.
constexpr milliseconds grace{2000};

std::string first_line(const char* text) {
  const std::string_view all = text != nullptr ? text : "";
  return std::string{all.substr(0, all.find('\n'))};
}

std::string text_or_nothing(const char* text) {
  return text != nullptr ? text : "";
}

postgres_words words_of(const PGresult* result) {
  const char* said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return {text_or_nothing(PQresultErrorField(result, PG_DIAG_SQLSTATE)),
          first_line(said != nullptr ? said : PQresultErrorMessage(result))};
}

tl::unexpected<error> refuse_url(const std::string& why) {
  return fail(errc::bad_config, "database URL postgresql://...: " + why, outcome::not_sent,
              "database");
}

/// Of a setting of the server that is counted in milliseconds and where 0 means no limit.
std::string limit_text(milliseconds limit) {
  const auto count =
      std::clamp<std::int64_t>(limit.count(), 1, std::numeric_limits<std::int32_t>::max());
  return std::to_string(count) + "ms";
}

/// Sent at the beginning of each session; gives what the version line tells.
std::string settings_for(const database_options& options) {
  const auto set = [](const std::string& name, const std::string& value) {
    return "set_config('" + name + "', '" + value + "', false), ";
  };
  return "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
         " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false), " +
         set("lock_timeout", limit_text(options.busy_time)) +
         set("statement_timeout", limit_text(options.statement_time + options.busy_time)) +
         set("idle_in_transaction_session_timeout", limit_text(options.statement_time)) +
         set("default_transaction_read_only", options.read_only ? "on" : "off") +
         set("standard_conforming_strings", "on") + set("client_min_messages", "warning") +
         "current_setting('server_encoding'), current_setting('fsync'), "
         "current_setting('full_page_writes')";
}

}  // namespace

void free_postgres::operator()(pg_conn* session) const noexcept {
  PQfinish(session);
}
void free_postgres::operator()(pg_result* result) const noexcept {
  PQclear(result);
}

result<std::string> postgres_name_of(const std::string& url) {
  // libpq's own words about a URL repeat it, with the password.
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parts{
      PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree};
  if (parts == nullptr || url.find('\0') != std::string::npos) {
    return refuse_url(
        "libpq cannot read it; write postgresql://user@host:port/database?option=value");
  }
  const auto part = [&](std::string_view keyword) {
    for (const auto* one = parts.get(); one->keyword != nullptr; ++one) {
      if (keyword == one->keyword) {
        return text_or_nothing(one->val);
      }
    }
    return std::string{};
  };
  const auto host = part("host");
  const auto port = part("port");
  const auto database = part("dbname");
  if ((host + database).find('@') != std::string::npos ||
      port.find_first_not_of("0123456789,") != std::string::npos) {
    return refuse_url("in a user or password write %40 for @, %2F for / and %3A for :");
  }
  const auto user = part("user");
  return "postgresql://" + user + (user.empty() ? "" : "@") + host + (port.empty() ? "" : ":") +
         port + "/" + database;
}

postgres_session::postgres_session(std::string url, const database_options& options)
    : url_{std::move(url)},
      settings_{settings_for(options)},
      statement_time_{options.statement_time},
      patience_{options.statement_time + options.busy_time + grace} {
  auto name = postgres_name_of(url_);
  if (!name) {
    throw failure{std::move(name.error())};
  }
  name_ = std::move(*name);
  connect();
}

void postgres_session::connect() {
  // What stands before the URL it may change; what stands behind, not.
  const std::array<const char*, 9> keys{
      "connect_timeout",  "keepalives_idle",  "keepalives_interval",
      "keepalives_count", "tcp_user_timeout", "fallback_application_name",
      "dbname",           "client_encoding",  nullptr};
  const std::array<const char*, 9> values{"10",   "10",         "5",    "3",    "15000",
                                          "kith", url_.c_str(), "UTF8", nullptr};
  session_.reset(PQconnectdbParams(keys.data(), values.data(), 1));
  if (session_ == nullptr || PQstatus(session_.get()) != CONNECTION_OK) {
    const auto why = first_line(session_ != nullptr ? PQerrorMessage(session_.get()) : nullptr);
    session_.reset();
    throw failure{
        error{errc::database_failed, "database " + name_ + ": it cannot be reached (" + why + ")"}};
  }
  ended_.reset();
  PQsetNoticeReceiver(session_.get(), &postgres_session::on_notice, this);
  PQsetnonblocking(session_.get(), 1);
  configure();
}

void postgres_session::configure() {
  const auto answer = run(settings_);
  if (answer.failed) {
    session_.reset();
    throw failure{postgres_error(name_, *answer.failed, "the settings of a session")};
  }
  const auto* const row = answer.last.get();
  const auto column = [row](int from_the_end) {
    return std::string_view{PQgetvalue(row, 0, PQnfields(row) - from_the_end)};
  };
  if (const std::string encoding{column(3)}; encoding != "UTF8") {
    session_.reset();
    throw failure{error{errc::database_failed,
                        "database " + name_ + ": its encoding is " + encoding +
                            "; make one with createdb --encoding UTF8 --template template0"}};
  }
  version_line_ = "PostgreSQL " +
                  text_or_nothing(PQparameterStatus(session_.get(), "server_version")) +
                  ", one writer at a time, synchronous_commit=" + PQgetvalue(row, 0, 0);
  for (const auto& [name, value] :
       {std::pair{"fsync", column(2)}, std::pair{"full_page_writes", column(1)}}) {
    if (value != "on") {
      version_line_ += "; " + std::string{name} + "=" + std::string{value} +
                       ": when its host fails, what was committed may be lost or damaged";
    }
  }
}

std::string postgres_session::limits_with(milliseconds waiting) const {
  return "SET LOCAL lock_timeout = '" + limit_text(waiting) + "'; SET LOCAL statement_timeout = '" +
         limit_text(statement_time_ + waiting) + "'; ";
}

postgres_state postgres_session::state() const noexcept {
  if (session_ == nullptr || PQstatus(session_.get()) != CONNECTION_OK) {
    return postgres_state::lost;
  }
  switch (PQtransactionStatus(session_.get())) {
    case PQTRANS_IDLE: return postgres_state::idle;
    case PQTRANS_INTRANS: return postgres_state::in_transaction;
    case PQTRANS_INERROR: return postgres_state::failed_transaction;
    default: return postgres_state::lost;
  }
}

bool postgres_session::is_closed() noexcept {
  if (is_lost()) {
    return true;
  }
  const auto ready = wait_for(POLLIN | POLLRDHUP, milliseconds{0});
  if ((ready & POLLIN) != 0) {  // nothing was asked: a notice, or the last word
    if (PQconsumeInput(session_.get()) == 0) {
      return true;
    }
    PQfreemem(PQnotifies(session_.get()));  // reads what has come
  }
  return ended_.has_value() || (ready & (POLLRDHUP | POLLHUP)) != 0;
}

/// Without it libpq would write to standard error.
void postgres_session::on_notice(void* self, const pg_result* said) {
  const auto severity = text_or_nothing(PQresultErrorField(said, PG_DIAG_SEVERITY_NONLOCALIZED));
  if (severity == "FATAL" || severity == "PANIC") {
    static_cast<postgres_session*>(self)->ended_ = words_of(said);
  }
}

postgres_answer postgres_session::run(const std::string& text, milliseconds patience) {
  return collect(PQsendQuery(session_.get(), text.c_str()) == 1, nullptr, patience);
}

postgres_answer postgres_session::prepare(const std::string& name, const std::string& text,
                                          const postgres_arguments& args) {
  const bool sent = PQsendPrepare(session_.get(), name.c_str(), text.c_str(), args.size(),
                                  args.types().data()) == 1;
  return collect(sent, nullptr, patience_);
}

postgres_answer postgres_session::run_prepared(const std::string& name,
                                               const postgres_arguments& args, on_row* each) {
  const bool sent = PQsendQueryPrepared(session_.get(), name.c_str(), args.size(), args.values(),
                                        args.lengths(), args.formats(), 1) == 1;
  if (sent && each != nullptr) {
    PQsetSingleRowMode(session_.get());
  }
  return collect(sent, each, patience_);
}

postgres_answer postgres_session::collect(bool sent, on_row* each, milliseconds patience) {
  postgres_answer answer;
  const auto silence = [&] {
    give_up(answer, "it has been silent for " + std::to_string(patience.count() / 1000) + " s");
  };
  if (!sent) {
    give_up(answer, first_line(PQerrorMessage(session_.get())));
    return answer;
  }
  if (!flush(patience)) {
    silence();
    return answer;
  }
  for (;;) {
    while (PQisBusy(session_.get()) == 1) {
      if (wait_for(POLLIN, patience) == 0) {
        silence();
        return answer;
      }
      if (PQconsumeInput(session_.get()) == 0) {
        break;  // the next result says what happened
      }
    }
    postgres_result one{PQgetResult(session_.get())};
    if (one == nullptr) {
      break;
    }
    if (!take(std::move(one), each, answer)) {
      return answer;
    }
  }
  if (is_lost()) {
    if (answer.failed && answer.failed->state.empty()) {
      answer.failed = ended_.value_or(*answer.failed);  // says more
    }
    give_up(answer, first_line(PQerrorMessage(session_.get())));
  }
  return answer;
}

bool postgres_session::take(postgres_result one, on_row* each, postgres_answer& answer) {
  switch (PQresultStatus(one.get())) {
    case PGRES_SINGLE_TUPLE:
      if (each != nullptr) {
        (*each)(one.get());
      }
      return true;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH: give_up(answer, "COPY has no place here"); return false;
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE:
      if (!answer.failed) {
        answer.failed = words_of(one.get());
      }
      answer.last.reset();
      return true;
    default: answer.last = std::move(one); return true;
  }
}

/// Whether all of it went out, or the session is broken, which the answer will say.
bool postgres_session::flush(milliseconds patience) {
  while (PQflush(session_.get()) == 1) {
    const auto ready = wait_for(POLLIN | POLLOUT, patience);
    if (ready == 0) {
      return false;
    }
    if ((ready & POLLIN) != 0) {
      PQconsumeInput(session_.get());  // or both sides wait for the other to read
    }
  }
  return true;
}

short postgres_session::wait_for(short events, milliseconds patience) noexcept {
  pollfd one{PQsocket(session_.get()), events, 0};
  const auto limit =
      static_cast<int>(std::min<std::int64_t>(patience.count(), std::numeric_limits<int>::max()));
  int ready = -1;
  do {
    ready = ::poll(&one, 1, limit);
  } while (ready < 0 && errno == EINTR);
  return ready > 0 ? one.revents : short{0};
}

void postgres_session::give_up(postgres_answer& answer, const std::string& why) {
  answer.last.reset();
  if (!answer.failed) {
    answer.failed = ended_.value_or(postgres_words{"", why});
  }
  drop();
}

}  // namespace kith::sql
