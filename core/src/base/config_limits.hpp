// SPDX-License-Identifier: MPL-2.0
#pragma once

// What settings may be at most, where the part that they are for has no room for more.

#include <cstddef>
#include <cstdint>

namespace kith {

/// Attempts of one call, without hedges.
inline constexpr std::uint32_t most_attempts = 8;
/// Calls that a breaker counts when it counts by number, two bits each.
inline constexpr std::size_t most_window_calls = 256;
/// Of a settings file.
inline constexpr std::size_t most_config_octets = std::size_t{64} * 1024;

}  // namespace kith
