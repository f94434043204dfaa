// SPDX-License-Identifier: MPL-2.0
#pragma once

// Logs, their events, and dead letters, as people and programs read them.

#include <cstdint>
#include <string>
#include <vector>

#include <kith/introspection.hpp>

#include "kith/durable/lag_rows.hpp"

namespace kith::tool {

inline constexpr std::size_t short_log_digits = 8;

/// One log, with what its instances count each for themselves added up.
struct log_row {
  std::string service;
  std::uint64_t instances = 0;
  log_status status;
};
KITH_DESCRIBE(log_row, service, instances, status)
struct log_report {
  std::vector<log_row> logs;
};
KITH_DESCRIBE(log_report, logs)

/// By service and log.
[[nodiscard]] std::vector<log_row> log_rows(const std::vector<told_status>& told);
[[nodiscard]] std::string log_table(const std::vector<log_row>& rows, std::int64_t now_us,
                                    bool colour);
/// Who reads it.
[[nodiscard]] std::string reader_table(const log_status& log, std::int64_t now_us, bool colour);

/// "2026-01-31T12:00:00.000123Z #12 order.placed [order 42] {...}".
[[nodiscard]] std::string plain_text(const shown_event& event);
/// One object: time, sequence, topic, key, traceparent when there is one, and body, or
/// `unreadable` when that is no JSON.
[[nodiscard]] std::string json_text(const shown_event& event);

[[nodiscard]] std::string dead_table(const std::vector<dead_letter_info>& letters, bool colour);
/// All of a letter, on several lines.
[[nodiscard]] std::string plain_text(const dead_letter& letter);
/// One object: `letter`, traceparent when there is one, and body or `unreadable`.
[[nodiscard]] std::string json_text(const dead_letter& letter);

}  // namespace kith::tool
