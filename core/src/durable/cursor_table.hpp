// SPDX-License-Identifier: MPL-2.0
#pragma once

// How far each group has come in each log, who works it, and what it has put aside. The tables lie
// in the group's database, so that a cursor moves in the transaction of the effect.
//
// Design notes
// - Cursor and lease are one row: the statement that moves the cursor also proves that the lease is
//   still ours (its epoch) and that nobody has moved the cursor meanwhile (compare and set). It
//   deduplicates and keeps out who was taken for dead, in one step.
// - Attempts at a failing event are counted there too: they outlast a takeover.
// - A lease has no clock in it. The holder counts `renewals` up; who wants to take over has seen
//   that count stand still for a whole lease on its own clock (lease_watch.hpp).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kith/database.hpp>

#include "durable/event_log.hpp"

namespace kith::durable {

struct cursor_key {
  std::string group;
  std::string log;
};

/// The event behind the cursor that cannot be applied, and how often that was tried.
struct failing_event {
  std::uint64_t sequence = 0;  ///< 0: there is none
  std::uint32_t attempts = 0;
  friend bool operator==(const failing_event&, const failing_event&) = default;
};

struct cursor {
  log_position at;
  std::string holder;      ///< id of a node's life; empty: nobody
  std::int64_t epoch = 0;  ///< counts the holders
  std::int64_t renewals = 0;
  failing_event failing{};
};

/// What is kept of a dead letter beside the event.
struct burial {
  std::string error;  ///< any octets; at most `longest_error` are kept, as UTF-8
  std::uint32_t attempts = 0;
  std::int64_t now_us = 0;
};

namespace cursor_table {

inline constexpr std::string_view schema_name = "kith_inbox";
inline constexpr std::size_t longest_error = 16'384;
extern const std::array<std::string_view, 2> schema;

[[nodiscard]] std::optional<cursor> find(transaction& tx, const cursor_key& of);
/// All logs that a group reads.
[[nodiscard]] std::vector<std::pair<std::string, cursor>> of_group(transaction& tx,
                                                                   std::string_view group);
/// Nothing happens when there is one already.
void create(transaction& tx, const cursor_key& of, const log_position& at);
/// False when another has moved since `seen` was read.
bool take(transaction& tx, const cursor_key& of, const cursor& seen, std::string_view holder);
/// Moves the cursor and renews the lease. False when it stands elsewhere or the lease is lost.
bool advance(transaction& tx, const cursor_key& of, std::int64_t epoch, std::uint64_t from,
             const log_position& to, const failing_event& failing);
/// Gives the lease back, if it is still held.
void release(transaction& tx, const cursor_key& of, std::int64_t epoch);
void bury(transaction& tx, const cursor_key& of, const log_entry& event, const burial& why);

}  // namespace cursor_table
}  // namespace kith::durable
