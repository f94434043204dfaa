// SPDX-License-Identifier: MPL-2.0
#pragma once

// What was put aside in a group's database, to be looked at, tried again or dropped. Plain SQL over
// the table of cursor_table.hpp.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/database.hpp>
#include <kith/introspection.hpp>

namespace kith::durable::dead_letters {

inline constexpr std::size_t listed_error = 500;  ///< octets of it in a list

[[nodiscard]] dead_list_reply list(transaction& tx, const dead_list_request& request);
[[nodiscard]] std::optional<dead_letter> find(transaction& tx, std::uint64_t id);
/// False when it is not there (any more).
bool drop(transaction& tx, std::uint64_t id);
/// Another attempt in vain. Gives how many there were.
std::uint32_t count_attempt(transaction& tx, const dead_letter& letter, std::string_view error,
                            std::int64_t now_us);

/// How many there are of each group and log.
struct dead_letter_count {
  std::string group;
  std::string log;
  std::uint64_t letters = 0;
};
[[nodiscard]] std::vector<dead_letter_count> dead_letter_counts(transaction& tx);
[[nodiscard]] std::uint64_t count(transaction& tx, std::string_view group, std::string_view log);

}  // namespace kith::durable::dead_letters
