// SPDX-License-Identifier: MPL-2.0
#include "base/config_ranges.hpp"

#include <algorithm>
#include <array>

#include "base/config_limits.hpp"

namespace kith {
namespace {

constexpr std::uint64_t hour = 3'600'000;
// A batch must fit in a packet: 64 KiB when it is cut, and the message that made it so long.
constexpr std::uint64_t packet = std::uint64_t{128} * 1024;
constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

constexpr std::array ranges{
    number_range{"beacon_port", 1, 65'535},
    number_range{"weight", 0, 1'000'000},
    number_range{"slow_start_ms", 0, hour},
    number_range{"attempts", 1, most_attempts},
    number_range{"breaker_failure_percent", 0, 100},
    number_range{"breaker_slow_ms", 0, hour},
    number_range{"breaker_slow_percent", 1, 100},
    number_range{"breaker_window_ms", 100, hour},
    number_range{"breaker_window_calls", 0, most_window_calls},
    number_range{"breaker_minimum_calls", 1, 65'536},
    number_range{"heartbeat_ms", 10, 60'000},
    number_range{"default_deadline_ms", 1, hour},
    number_range{"drain_ms", 0, hour},
    number_range{"max_calls", 0, 65'536},
    number_range{"call_queue", 0, 65'536},
    number_range{"message_bytes", packet, gibibyte},
    number_range{"link_budget_bytes", packet, 16 * gibibyte},
    number_range{"recorder_bytes", 0, gibibyte / 16},
    number_range{"trace_per_second", 0, 1'000'000},
    number_range{"trace_ratio", 0, 1},
};

}  // namespace

const number_range* range_of(std::string_view key) noexcept {
  const auto* const found = std::find_if(ranges.begin(), ranges.end(),
                                         [&](const number_range& one) { return one.key == key; });
  return found == ranges.end() ? nullptr : found;
}

std::string to_string(const number_range& range) {
  return std::to_string(range.least) + " to " + std::to_string(range.most);
}

}  // namespace kith
