// SPDX-License-Identifier: MPL-2.0
#pragma once

// How long one transaction may still wait for other writers, whatever makes it wait: a plain count
// of the pauses taken, so that no clock is read.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include <kith/database.hpp>

namespace kith::sql {

/// For opening and migrating: when several start together, each waits for the syncs of the others,
/// and to give up would be to end the program.
inline std::chrono::milliseconds start_patience(const database_options& options) noexcept {
  return 5 * options.busy_time;
}

class busy_budget {
 public:
  using milliseconds = std::chrono::milliseconds;

  void restart(milliseconds whole) noexcept {
    left_ = whole;
    pauses_ = 0;
  }
  /// How long to pause before the next attempt; nullopt when the time is used up. Short at first
  /// (most transactions take less than a millisecond) and never long: who sleeps when the lock
  /// comes free loses it to those who ask more often.
  std::optional<milliseconds> next_pause() noexcept {
    constexpr std::array<int, 8> steps{1, 1, 2, 2, 3, 3, 4, 5};
    if (left_ <= milliseconds{0}) {
      return std::nullopt;
    }
    const auto step = milliseconds{steps[std::min(pauses_++, steps.size() - 1)]};
    const auto pause = std::min(step, left_);
    left_ -= pause;
    return pause;
  }

 private:
  milliseconds left_{0};
  std::size_t pauses_ = 0;
};

}  // namespace kith::sql
