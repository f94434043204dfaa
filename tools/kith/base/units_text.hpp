// SPDX-License-Identifier: MPL-2.0
#pragma once

// Moments, spans and sizes as people read them, and texts as JSON has them.

#include <cstdint>
#include <string>
#include <string_view>

#include <kith/time.hpp>

namespace kith::tool {

/// "12:00:00.000123", in UTC.
[[nodiscard]] std::string time_of_day(wall_time when);
/// "2026-01-31T12:00:00.000123Z".
[[nodiscard]] std::string iso_text(wall_time when);
/// The same, of microseconds since 1970.
[[nodiscard]] std::string time_text(std::int64_t microseconds);
/// "850 us", "1.24 ms", "3.2 s"; "-" for nothing.
[[nodiscard]] std::string span_text(std::int64_t microseconds);
/// "12 s", "5 min", "3.2 h", "4.0 days"; "-" for a moment that is still to come.
[[nodiscard]] std::string age_text(std::int64_t microseconds);
/// "512", "1.5 KiB", "3.0 GiB".
[[nodiscard]] std::string octets_text(std::uint64_t octets);
/// In quotes; what is not UTF-8 is replaced.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace kith::tool
