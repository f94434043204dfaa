// SPDX-License-Identifier: MPL-2.0
#pragma once

// The tables of a database's log, and what is done with them. Plain SQL, nothing else.
//
// Design notes
// - One log for each database: contiguous numbers from 1, in the order of the commits. The numbers
//   are given at the end of the transaction that appends, under the lock of one row, so that a
//   number is seen only after all lower ones, and one that was given is never missing
//   (docs/adr/0020-a-writer-numbers-its-events.md).
// - Each event has a mark: a hash of the event and the mark before it. Number and mark together
//   say which history a reader has seen, so a log that was restored from a backup and has grown on
//   is told from the one it was.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kith/database.hpp>

#include "sql/event_buffer.hpp"

namespace kith::durable {

/// A place in a log: behind the event with that number; {0, 0} is the beginning.
struct log_position {
  std::uint64_t sequence = 0;
  std::int64_t mark = 0;
  friend bool operator==(const log_position&, const log_position&) = default;
};

struct log_entry {
  log_position at;
  std::string topic;
  std::string key;
  std::string body;
  std::string traceparent;
  std::int64_t written_us = 0;  ///< by the writer's clock
  std::string tracestate{};
};

/// What a log holds: the events behind `before` up to `last`. Those up to `before` are retired.
struct log_extent {
  log_position before;
  log_position last;
};

struct log_query {
  log_position after;
  std::span<const std::string> topics;  ///< none: all
  std::optional<std::string_view> key{};
  std::size_t max_events = 256;
  std::size_t max_octets = std::size_t{256} * 1024;  ///< at least one event comes, however large
};

struct log_page {
  std::vector<log_entry> entries;
  log_position reached;  ///< everything wanted up to here is in the page
  log_position last;     ///< of the log
};

namespace event_log {

inline constexpr std::string_view schema_name = "kith_log";
extern const std::array<std::string_view, 2> schema;

/// How many numbers one query looks at, wanted or not: it bounds the work for a page.
inline constexpr std::uint64_t window = 4096;

[[nodiscard]] log_extent extent(transaction& tx);

/// From here on nobody else appends, retires, or begins to read, until this transaction ends.
void lock(transaction& tx);

/// To be the last statements of the transaction: from here on other writers wait. Gives the place
/// behind the last one.
log_position append(transaction& tx, std::span<const sql::pending_event> events,
                    std::int64_t now_us);

/// \throws failure `log_regressed` when `after` is not in this log's history, `gap_unrecoverable`
/// when events behind it are retired; its `where` is "from-to"
[[nodiscard]] log_page read(transaction& tx, const log_query& query);

/// The place behind event `sequence`. \throws failure as `read`
[[nodiscard]] log_position position_of(transaction& tx, std::uint64_t sequence);

/// Retires the events up to `sequence`, at most `most` of them. Gives how many.
std::int64_t retire(transaction& tx, std::uint64_t sequence, std::uint64_t most);

}  // namespace event_log
}  // namespace kith::durable
