// SPDX-License-Identifier: MPL-2.0
#pragma once

// When a tap looks again, and when it says how much it has missed. Pure: times are arguments.
//
// Design notes
// - A tap may see less than passes, but it must not cost what it watches: after each look it rests
//   in proportion to what the look took. One that keeps up looks as often as it likes to.
// - Only time can tell what a look costs: a packet may hold one envelope or a thousand.
// - Who is behind misses something between any two looks. To say so each time would wake the
//   reader hundreds of times a second for nothing else.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <kith/introspection.hpp>
#include <kith/time.hpp>

namespace kith {

class tap_pace {
 public:
  /// All taps of a node together have one part in so many of its loop's time, as long as no look
  /// takes more than 4 ms.
  static constexpr duration::rep share = 50;
  static constexpr duration when_idle = std::chrono::milliseconds{20};
  static constexpr duration when_behind = std::chrono::milliseconds{2};
  static constexpr duration longest_pause = std::chrono::milliseconds{200};
  /// A batch that has nothing but `missed` is sent no more often.
  static constexpr duration between_gaps = std::chrono::milliseconds{200};

  /// After a look at what passes that took so long, of one of `taps`.
  [[nodiscard]] static constexpr duration until_next(duration took, bool is_behind,
                                                     std::size_t taps) noexcept {
    const auto least = is_behind ? when_behind : when_idle;
    const auto rest = std::min(took, longest_pause) * share * static_cast<duration::rep>(taps);
    return std::max(least, std::min(rest, longest_pause * static_cast<duration::rep>(taps)));
  }

  /// Whether the batch is to be sent; its `missed` is then all that was not told yet.
  bool is_due(tap_batch& batch, time_point now, bool is_last) noexcept {
    owed_ += std::exchange(batch.missed, 0);
    const bool gap = owed_ > 0 && (is_last || now >= next_gap_);
    if (batch.envelopes.empty() && !gap) {
      return false;
    }
    if (owed_ > 0) {
      next_gap_ = now + between_gaps;
    }
    batch.missed = std::exchange(owed_, 0);
    return true;
  }

 private:
  std::uint64_t owed_ = 0;
  time_point next_gap_{};
};

}  // namespace kith
