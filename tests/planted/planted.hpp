// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which planted fault is on. Only the sources that plant.py has changed ask.

#include <cstdint>
#include <string_view>

namespace kith::planted {

inline std::string_view chosen;
inline bool on(std::string_view name) noexcept {
  return chosen == name;
}

// Where a log's numbers begin that are given before their events are there.
inline bool numbers_given = false;
inline std::uint64_t first_number = 0;
inline std::int64_t first_mark = 0;

}  // namespace kith::planted
