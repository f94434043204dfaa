// SPDX-License-Identifier: MPL-2.0
#pragma once

// Calendar time of what happened on the steady clock, the same whenever it is asked for: when the
// calendar is set, what was before keeps its time.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <iterator>

#include <kith/time.hpp>

namespace kith {

class calendar {
 public:
  /// Less than that is no step: two clocks cannot be read at the same moment.
  static constexpr duration step = std::chrono::milliseconds{100};
  static constexpr std::size_t most_steps = 16;  ///< the oldest go first

  /// Both are the same moment. Call it often: a step counts from then on.
  void set(time_point now, wall_time wall) {
    const auto offset =
        wall.time_since_epoch() - std::chrono::floor<micros>(now.time_since_epoch());
    const auto moved = lines_.empty() ? step : std::chrono::abs(offset - lines_.back().offset);
    if (moved >= step) {
      lines_.push_back({now, offset});
    }
    if (lines_.size() > most_steps) {
      lines_.pop_front();
    }
  }

  /// What was before the first `set` has the time that the calendar had then.
  [[nodiscard]] wall_time at(time_point when) const noexcept {
    if (lines_.empty()) {
      return {};
    }
    const auto next = std::upper_bound(lines_.begin(), lines_.end(), when,
                                       [](time_point t, const line& l) { return t < l.from; });
    const auto& of = next == lines_.begin() ? *next : *std::prev(next);
    return wall_time{of.offset + std::chrono::floor<micros>(when.time_since_epoch())};
  }

 private:
  using micros = std::chrono::microseconds;
  struct line {
    time_point from;
    micros offset;
  };
  std::deque<line> lines_;
};

}  // namespace kith
