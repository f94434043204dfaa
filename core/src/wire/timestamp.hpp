// SPDX-License-Identifier: MPL-2.0
#pragma once

// MessagePack's timestamp extension, type -1: seconds since 1970 and nanoseconds.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kith::wire {

inline constexpr std::int8_t timestamp_type = -1;
inline constexpr std::uint32_t nanoseconds_per_second = 1'000'000'000;

struct timestamp {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
};

/// From an extension's 4, 8 or 12 octets; nothing for another size or a whole second or more of
/// nanoseconds.
std::optional<timestamp> read_timestamp(std::string_view data) noexcept;
/// The shortest of the three forms.
std::string write_timestamp(const timestamp& value);

}  // namespace kith::wire
