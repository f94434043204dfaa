// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Warns of what may happen a thousand times a second without filling the log.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kith/time.hpp>

namespace services {

class rare_warning {
 public:
  static constexpr std::chrono::seconds interval{5};

  /// The line to log, with the number of those kept back since the last one; or nothing.
  std::optional<std::string> about(std::string_view what, kith::time_point now) {
    if (next_ && now < *next_) {
      ++kept_back_;
      return std::nullopt;
    }
    next_ = now + interval;
    std::string line{what};
    if (kept_back_ > 0) {
      line += " (and " + std::to_string(kept_back_) + " times more)";
      kept_back_ = 0;
    }
    return line;
  }

 private:
  std::optional<kith::time_point> next_;
  std::uint64_t kept_back_ = 0;
};

}  // namespace services
