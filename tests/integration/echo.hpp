// SPDX-License-Identifier: MPL-2.0
#pragma once

// The service that the integration tests start as processes of their own.

#include <cstdint>
#include <string>

#include <kith/contract.hpp>

namespace echo {

struct saying {
  std::string text;
};
KITH_DESCRIBE(saying, text)

struct pause {
  std::uint32_t ms = 0;
};
KITH_DESCRIBE(pause, ms)

struct tick {
  std::uint64_t number = 0;
  std::string padding;
};
KITH_DESCRIBE(tick, number, padding)
KITH_DEFAULTED(tick, padding)

/// So many ticks, each with that much padding.
struct burst {
  std::uint64_t ticks = 1;
  std::uint32_t padding = 0;
};
KITH_DESCRIBE(burst, ticks, padding)

inline constexpr kith::method<saying, saying> say{"echo.say", kith::idempotent};
/// Answers after `ms`, without blocking the loop.
inline constexpr kith::method<pause, saying> slow{"echo.slow"};
/// Blocks the loop for `ms`: a hung process.
inline constexpr kith::method<pause, saying> hang{"echo.hang"};
/// Gives the number of all ticks so far.
inline constexpr kith::method<burst, tick> publish{"echo.publish"};
/// The same, of one tick with that text.
inline constexpr kith::method<saying, tick> retell{"echo.retell"};
inline constexpr kith::topic<tick> ticks{"echo.ticks"};

}  // namespace echo
