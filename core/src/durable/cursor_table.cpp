// SPDX-License-Identifier: MPL-2.0
#include "durable/cursor_table.hpp"

#include "base/utf8.hpp"

namespace kith::durable::cursor_table {

const std::array<std::string_view, 2> schema{
    "CREATE TABLE kith_cursor("
    "  consumer TEXT NOT NULL, log TEXT NOT NULL,"
    "  sequence INTEGER NOT NULL, mark INTEGER NOT NULL,"
    "  failing INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    "  holder TEXT NOT NULL, epoch INTEGER NOT NULL, renewals INTEGER NOT NULL,"
    "  PRIMARY KEY(consumer, log));"
    "CREATE TABLE kith_dead_letter("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  consumer TEXT NOT NULL, log TEXT NOT NULL, sequence INTEGER NOT NULL,"
    "  topic TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, traceparent TEXT NOT NULL,"
    "  written_us INTEGER NOT NULL,"
    "  error TEXT NOT NULL, attempts INTEGER NOT NULL, died_us INTEGER NOT NULL,"
    "  UNIQUE(consumer, log, sequence))",
    "ALTER TABLE kith_dead_letter ADD COLUMN tracestate TEXT NOT NULL DEFAULT ''"};

std::optional<cursor> find(transaction& tx, const cursor_key& of) {
  const auto found = tx.find(
      "SELECT sequence, mark, failing, attempts, holder, epoch, renewals FROM kith_cursor"
      " WHERE consumer = ? AND log = ?",
      of.group, of.log);
  if (!found) {
    return std::nullopt;
  }
  return cursor{{found->get<std::uint64_t>(0), found->get<std::int64_t>(1)},
                found->get<std::string>(4),
                found->get<std::int64_t>(5),
                found->get<std::int64_t>(6),
                {found->get<std::uint64_t>(2), found->get<std::uint32_t>(3)}};
}

std::vector<std::pair<std::string, cursor>> of_group(transaction& tx, std::string_view group) {
  std::vector<std::pair<std::string, cursor>> all;
  for (const auto& one : tx.query("SELECT log, sequence, holder FROM kith_cursor"
                                  " WHERE consumer = ? ORDER BY log",
                                  group)) {
    cursor at;
    at.at.sequence = one.get<std::uint64_t>(1);
    at.holder = one.get<std::string>(2);
    all.emplace_back(one.get<std::string>(0), std::move(at));
  }
  return all;
}

void create(transaction& tx, const cursor_key& of, const log_position& at) {
  tx.execute(
      "INSERT INTO kith_cursor(consumer, log, sequence, mark, failing, attempts, holder, epoch,"
      " renewals) VALUES(?, ?, ?, ?, 0, 0, '', 0, 0) ON CONFLICT DO NOTHING",
      of.group, of.log, at.sequence, at.mark);
}

bool take(transaction& tx, const cursor_key& of, const cursor& seen, std::string_view holder) {
  return tx.execute(
             "UPDATE kith_cursor SET holder = ?, epoch = epoch + 1, renewals = renewals + 1"
             " WHERE consumer = ? AND log = ? AND epoch = ? AND renewals = ?",
             holder, of.group, of.log, seen.epoch, seen.renewals) == 1;
}

bool advance(transaction& tx, const cursor_key& of, std::int64_t epoch, std::uint64_t from,
             const log_position& to, const failing_event& failing) {
  return tx.execute(
             "UPDATE kith_cursor SET sequence = ?, mark = ?, failing = ?, attempts = ?,"
             " renewals = renewals + 1"
             " WHERE consumer = ? AND log = ? AND epoch = ? AND sequence = ?",
             to.sequence, to.mark, failing.sequence, failing.attempts, of.group, of.log, epoch,
             from) == 1;
}

void release(transaction& tx, const cursor_key& of, std::int64_t epoch) {
  tx.execute(
      "UPDATE kith_cursor SET holder = '', renewals = renewals + 1"
      " WHERE consumer = ? AND log = ? AND epoch = ?",
      of.group, of.log, epoch);
}

void bury(transaction& tx, const cursor_key& of, const log_entry& event, const burial& why) {
  tx.execute(
      "INSERT INTO kith_dead_letter(consumer, log, sequence, topic, key, body, traceparent,"
      " tracestate, written_us, error, attempts, died_us)"
      " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      of.group, of.log, event.at.sequence, event.topic, event.key, sql_argument::octets(event.body),
      event.traceparent, event.tracestate, event.written_us, clean_text(why.error, longest_error),
      why.attempts, why.now_us);
}

}  // namespace kith::durable::cursor_table
