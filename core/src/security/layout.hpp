// SPDX-License-Identifier: MPL-2.0
#pragma once

// The fields of what is signed or sealed (base/octet_layout.hpp), and moments.

#include <chrono>
#include <cstdint>
#include <string>

#include "base/octet_layout.hpp"

namespace kith::security {

/// The last second of the year 9999: later moments are written by nobody.
inline constexpr std::chrono::sys_seconds last_moment{std::chrono::seconds{253'402'300'799}};

inline void put_moment(bytes& out, std::chrono::sys_seconds moment) {
  put_integer(out, static_cast<std::uint64_t>(moment.time_since_epoch().count()));
}

class layout_reader : public octet_reader {
 public:
  using octet_reader::octet_reader;

  /// Beyond the year 9999 it is not ok.
  std::chrono::sys_seconds moment() noexcept {
    const auto count = integer(8);
    if (count > static_cast<std::uint64_t>(last_moment.time_since_epoch().count())) {
      refuse();
    }
    return std::chrono::sys_seconds{std::chrono::seconds{ok() ? count : 0}};
  }
};

/// "2026-01-31T12:00:00Z".
[[nodiscard]] std::string moment_text(std::chrono::sys_seconds moment);

}  // namespace kith::security
