// SPDX-License-Identifier: MPL-2.0
#include "durable/event_log.hpp"

#include <algorithm>
#include <cstring>

namespace kith::durable::event_log {
namespace {

/// Tells histories apart, eight octets at a time; proves nothing against who wants two to look
/// alike.
class history_hash {
 public:
  void add(std::uint64_t number) noexcept {
    value_ = (value_ ^ number) * 0x9e37'79b9'7f4a'7c15ULL;  // 2^64 divided by the golden ratio
    value_ ^= value_ >> 32;
  }
  /// With its length, so that what ends here and begins there makes a difference.
  void add(std::string_view text) noexcept {
    add(std::uint64_t{text.size()});
    for (; !text.empty(); text.remove_prefix(std::min(text.size(), sizeof(std::uint64_t)))) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data(), std::min(text.size(), sizeof word));
      add(word);
    }
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0;
};

std::int64_t mark_after(std::int64_t before, const sql::pending_event& event, std::int64_t now_us) {
  history_hash sum;
  sum.add(static_cast<std::uint64_t>(before));
  sum.add(event.topic);
  sum.add(event.key);
  sum.add(event.body);
  sum.add(static_cast<std::uint64_t>(now_us));
  return static_cast<std::int64_t>(sum.value());
}

/// Many rows in one statement are one round trip on PostgreSQL, and less work for each on SQLite.
/// Few sizes, so that the statements are prepared once.
std::size_t rows_at_once(std::size_t rest) noexcept {
  return rest >= 32 ? 32 : rest >= 8 ? 8 : 1;
}

std::string insert_of(std::size_t rows) {
  std::string text =
      "INSERT INTO kith_log(sequence, mark, topic, key, body, traceparent, written_us, tracestate)"
      " VALUES";
  for (std::size_t i = 0; i < rows; ++i) {
    text += i == 0 ? "(?, ?, ?, ?, ?, ?, ?, ?)" : ", (?, ?, ?, ?, ?, ?, ?, ?)";
  }
  return text;
}

[[noreturn]] void fail_regressed(std::uint64_t sequence, const log_position& last) {
  throw failure{errc::log_regressed, "event " + std::to_string(sequence) +
                                         " is not the one that was read before: this log (now at " +
                                         std::to_string(last.sequence) +
                                         ") was restored from a backup, or it is another one"};
}

std::int64_t mark_at(transaction& tx, std::uint64_t sequence, const log_extent& held) {
  if (sequence > held.last.sequence) {
    fail_regressed(sequence, held.last);
  }
  if (sequence < held.before.sequence) {
    const auto range = std::to_string(sequence + 1) + "-" + std::to_string(held.before.sequence);
    throw failure{errc::gap_unrecoverable,
                  "the events " + range + " were retired from the log before they were read",
                  range};
  }
  if (sequence == held.before.sequence) {
    return held.before.mark;
  }
  const auto found = tx.find("SELECT mark FROM kith_log WHERE sequence = ?", sequence);
  if (!found) {
    fail_regressed(sequence, held.last);
  }
  return found->get<std::int64_t>(0);
}

std::vector<row> rows_of(transaction& tx, const log_query& query, std::uint64_t up_to) {
  std::string text =
      "SELECT sequence, mark, topic, key, body, traceparent, written_us, tracestate FROM kith_log"
      " WHERE sequence > ? AND sequence <= ?";
  std::vector<sql_argument> args{sql_argument{query.after.sequence}, sql_argument{up_to}};
  for (const auto& topic : query.topics) {
    text += args.size() == 2 ? " AND topic IN (?" : ", ?";
    args.emplace_back(topic);
  }
  text += query.topics.empty() ? "" : ")";
  if (query.key) {
    text += " AND key = ?";
    args.emplace_back(*query.key);
  }
  text += " ORDER BY sequence LIMIT ?";
  args.emplace_back(query.max_events);
  return tx.query(text, std::span<const sql_argument>{args});
}

log_entry entry_of(const row& from) {
  return {{from.get<std::uint64_t>(0), from.get<std::int64_t>(1)},
          from.get<std::string>(2),
          from.get<std::string>(3),
          from.get<blob>(4).octets,
          from.get<std::string>(5),
          from.get<std::int64_t>(6),
          from.get<std::string>(7)};
}

}  // namespace

const std::array<std::string_view, 2> schema{
    "CREATE TABLE kith_log("
    "  sequence INTEGER PRIMARY KEY, mark INTEGER NOT NULL, topic TEXT NOT NULL,"
    "  key TEXT NOT NULL, body BLOB NOT NULL, traceparent TEXT NOT NULL,"
    "  written_us INTEGER NOT NULL);"
    "CREATE TABLE kith_log_extent("
    "  only_row INTEGER PRIMARY KEY CHECK(only_row = 1),"
    "  before_sequence INTEGER NOT NULL, before_mark INTEGER NOT NULL,"
    "  last_sequence INTEGER NOT NULL, last_mark INTEGER NOT NULL);"
    "INSERT INTO kith_log_extent VALUES(1, 0, 0, 0, 0)",
    "ALTER TABLE kith_log ADD COLUMN tracestate TEXT NOT NULL DEFAULT ''"};

log_extent extent(transaction& tx) {
  const auto found =
      tx.find("SELECT before_sequence, before_mark, last_sequence, last_mark FROM kith_log_extent");
  if (!found) {
    throw failure{errc::database_failed, "the log's own row in kith_log_extent is missing"};
  }
  return {{found->get<std::uint64_t>(0), found->get<std::int64_t>(1)},
          {found->get<std::uint64_t>(2), found->get<std::int64_t>(3)}};
}

void lock(transaction& tx) {
  tx.execute("UPDATE kith_log_extent SET before_sequence = before_sequence");
}

log_position append(transaction& tx, std::span<const sql::pending_event> events,
                    std::int64_t now_us) {
  auto last = extent(tx).last;
  std::vector<sql_argument> args;
  for (auto rest = events; !rest.empty(); rest = rest.subspan(rows_at_once(rest.size()))) {
    const auto rows = rest.first(rows_at_once(rest.size()));
    args.clear();
    for (const auto& event : rows) {
      last = {last.sequence + 1, mark_after(last.mark, event, now_us)};
      args.insert(args.end(),
                  {last.sequence, last.mark, event.topic, event.key,
                   sql_argument::octets(event.body), event.traceparent, now_us, event.tracestate});
    }
    tx.execute(insert_of(rows.size()), std::span<const sql_argument>{args});
  }
  if (!events.empty()) {
    tx.execute("UPDATE kith_log_extent SET last_sequence = ?, last_mark = ?", last.sequence,
               last.mark);
  }
  return last;
}

log_page read(transaction& tx, const log_query& query) {
  const auto held = extent(tx);
  if (mark_at(tx, query.after.sequence, held) != query.after.mark) {
    fail_regressed(query.after.sequence, held.last);
  }
  const auto up_to = std::min(query.after.sequence + window, held.last.sequence);
  log_page page{{}, query.after, held.last};
  std::size_t octets = 0;
  const auto rows = rows_of(tx, query, up_to);
  for (const auto& one : rows) {
    auto entry = entry_of(one);
    octets += entry.body.size();
    if (!page.entries.empty() && octets > query.max_octets) {
      page.reached = page.entries.back().at;
      return page;
    }
    page.entries.push_back(std::move(entry));
  }
  const bool full = rows.size() == query.max_events;
  page.reached = full ? page.entries.back().at : log_position{up_to, mark_at(tx, up_to, held)};
  return page;
}

log_position position_of(transaction& tx, std::uint64_t sequence) {
  return {sequence, mark_at(tx, sequence, extent(tx))};
}

std::int64_t retire(transaction& tx, std::uint64_t sequence, std::uint64_t most) {
  const auto held = extent(tx);
  const auto up_to = std::min({sequence, held.last.sequence, held.before.sequence + most});
  if (up_to <= held.before.sequence) {
    return 0;
  }
  const auto mark = mark_at(tx, up_to, held);
  const auto gone = tx.execute("DELETE FROM kith_log WHERE sequence <= ?", up_to);
  tx.execute("UPDATE kith_log_extent SET before_sequence = ?, before_mark = ?", up_to, mark);
  return gone;
}

}  // namespace kith::durable::event_log
