// SPDX-License-Identifier: MPL-2.0
#include "durable/reader_table.hpp"

#include <algorithm>

namespace kith::durable::reader_table {
namespace {

std::vector<kept_event> oldest(transaction& tx, std::uint64_t up_to, std::size_t most) {
  std::vector<kept_event> all;
  for (const auto& one : tx.query("SELECT sequence, written_us, length(body) FROM kith_log"
                                  " WHERE sequence <= ? ORDER BY sequence LIMIT ?",
                                  up_to, most)) {
    all.push_back({one.get<std::uint64_t>(0), one.get<std::int64_t>(1), one.get<std::uint64_t>(2)});
  }
  return all;
}

}  // namespace

const std::array<std::string_view, 1> schema{
    "CREATE TABLE kith_log_reader("
    "  consumer TEXT NOT NULL PRIMARY KEY,"
    "  sequence INTEGER NOT NULL, seen_us INTEGER NOT NULL);"
    "CREATE TABLE kith_log_octets("
    "  only_row INTEGER PRIMARY KEY CHECK(only_row = 1),"
    "  counted_sequence INTEGER NOT NULL, octets INTEGER NOT NULL);"
    "INSERT INTO kith_log_octets VALUES(1, 0, 0)"};

std::vector<log_reader> readers(transaction& tx) {
  std::vector<log_reader> all;
  for (const auto& one :
       tx.query("SELECT consumer, sequence, seen_us FROM kith_log_reader ORDER BY consumer LIMIT ?",
                most_readers)) {
    all.push_back({one.get<std::string>(0), one.get<std::uint64_t>(1), one.get<std::int64_t>(2)});
  }
  return all;
}

bool note(transaction& tx, const log_reader& one) {
  if (tx.execute("UPDATE kith_log_reader SET sequence = ?, seen_us = ? WHERE consumer = ?",
                 one.sequence, one.seen_us, one.group) == 1) {
    return true;
  }
  const auto known = tx.find("SELECT count(*) FROM kith_log_reader");
  if (known->get<std::size_t>(0) >= most_readers) {
    return false;
  }
  tx.execute(
      "INSERT INTO kith_log_reader(consumer, sequence, seen_us) VALUES(?, ?, ?)"
      " ON CONFLICT DO NOTHING",
      one.group, one.sequence, one.seen_us);
  return true;
}

log_extent enrol(transaction& tx, const std::string& group, std::optional<std::uint64_t> after,
                 std::int64_t now_us) {
  event_log::lock(tx);
  const auto held = event_log::extent(tx);
  if (!note(tx, {group, after.value_or(held.before.sequence), now_us})) {
    throw failure{errc::overloaded, "the log has " + std::to_string(most_readers) +
                                        " groups of readers already; " + group +
                                        " would be one too many"};
  }
  return held;
}

bool forget(transaction& tx, const log_reader& one) {
  return tx.execute("DELETE FROM kith_log_reader WHERE consumer = ? AND seen_us = ?", one.group,
                    one.seen_us) == 1;
}

octet_count counted(transaction& tx) {
  const auto found = tx.find("SELECT counted_sequence, octets FROM kith_log_octets");
  if (!found) {
    throw failure{errc::database_failed, "the log's own row in kith_log_octets is missing"};
  }
  return {found->get<std::uint64_t>(0), found->get<std::uint64_t>(1)};
}

octet_count count_on(transaction& tx, const octet_count& from, std::uint64_t most) {
  const auto held = event_log::extent(tx);
  const auto begin = std::max(from.counted, held.before.sequence);
  const auto end = std::min(begin + most, held.last.sequence);
  const auto sum =
      tx.find("SELECT sum(length(body)) FROM kith_log WHERE sequence > ? AND sequence <= ?", begin,
              std::max(begin, end));
  return {std::max(begin, end),
          from.octets +
              static_cast<std::uint64_t>(sum->get<std::optional<std::int64_t>>(0).value_or(0))};
}

void keep_count(transaction& tx, const octet_count& from, const octet_count& to) {
  tx.execute(
      "UPDATE kith_log_octets SET counted_sequence = ?, octets = octets + ?"
      " WHERE counted_sequence = ?",
      to.counted, to.octets - from.octets, from.counted);
}

log_cut look(transaction& tx, const log_retention& policy, std::int64_t now_us, std::size_t most) {
  const auto held = event_log::extent(tx);
  const auto octets = counted(tx);
  const log_size kept{held.last.sequence - held.before.sequence, octets.octets};
  const auto who = readers(tx);
  return what_to_retire(oldest(tx, octets.counted, most), kept, who, policy, now_us);
}

log_cut cut(transaction& tx, const log_retention& policy, std::int64_t now_us, std::size_t most) {
  event_log::lock(tx);  // else a group could begin to read what is retired here
  auto what = look(tx, policy, now_us, most);
  if (what.up_to > 0) {
    event_log::retire(tx, what.up_to, what.events);
    tx.execute("UPDATE kith_log_octets SET octets = octets - ?", what.octets);
  }
  return what;
}

}  // namespace kith::durable::reader_table
