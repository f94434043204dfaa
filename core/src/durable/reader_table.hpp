// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who reads a database's log and how far each has come, and how large the log is: what retention
// goes by. Plain SQL, nothing else.
//
// Design notes
// - The tables are a schema of their own: an instance whose program does not know them yet appends
//   and serves on beside one that does.
// - The octets are counted behind the writers (`counted` says up to which event), by whoever looks
//   after the log. So appending costs nothing, and an event is counted whoever appended it. Only
//   what is counted is retired: counting and retiring do not touch the same events, and their sums
//   may come in any order.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/database.hpp>

#include "durable/event_log.hpp"
#include "durable/retention.hpp"

namespace kith::durable {

/// Octets of the events that are kept, up to `counted`.
struct octet_count {
  std::uint64_t counted = 0;
  std::uint64_t octets = 0;
};

namespace reader_table {

inline constexpr std::string_view schema_name = "kith_log_keeping";
extern const std::array<std::string_view, 1> schema;

inline constexpr std::size_t most_readers = 1000;

/// All of them, by name.
[[nodiscard]] std::vector<log_reader> readers(transaction& tx);
/// False when that would be one too many.
bool note(transaction& tx, const log_reader& one);
/// Somebody who begins to read: from here on what is behind the log's extent is kept for it.
/// Gives that extent. \throws failure `overloaded` when that would be one too many
log_extent enrol(transaction& tx, const std::string& group, std::optional<std::uint64_t> after,
                 std::int64_t now_us);
/// Unless it has asked since. False when it has.
bool forget(transaction& tx, const log_reader& one);

[[nodiscard]] octet_count counted(transaction& tx);
/// What `from` grows to with at most `most` events more.
[[nodiscard]] octet_count count_on(transaction& tx, const octet_count& from, std::uint64_t most);
/// Nothing happens when another has counted since `from` was read.
void keep_count(transaction& tx, const octet_count& from, const octet_count& to);

/// What may go of the `most` oldest events.
[[nodiscard]] log_cut look(transaction& tx, const log_retention& policy, std::int64_t now_us,
                           std::size_t most);
/// Retires these.
log_cut cut(transaction& tx, const log_retention& policy, std::int64_t now_us, std::size_t most);

}  // namespace reader_table
}  // namespace kith::durable
