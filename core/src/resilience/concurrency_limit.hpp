// SPDX-License-Identifier: MPL-2.0
#pragma once

// How many calls a server works on at once: a fixed number, or one that follows from how the time
// they take grows with their number (Gradient2 of Netflix's concurrency-limits): while it stays
// near its long-term mean the limit rises by about its root, and falls in proportion as it grows.

#include <cstdint>

#include <kith/time.hpp>

namespace kith::resilience {

struct concurrency_options {
  std::uint32_t fixed = 4096;  ///< 0: adaptive, and the rest is used

  std::uint32_t initial = 64;
  std::uint32_t least = 16;  ///< below it a single slow call would stop the rest
  std::uint32_t most = 4096;
  /// Calls may take so many times their long-term mean before the limit falls.
  double tolerance = 1.5;
  /// Share of the new limit in each step; lower is steadier and slower.
  double smoothing = 0.2;
  /// Steps that the long-term mean looks back on.
  std::uint32_t long_window = 600;
  /// A step takes the mean of so many calls at least, and so long.
  std::uint32_t step_calls = 10;
  duration step_time = std::chrono::milliseconds{100};
};

class concurrency_limit {
 public:
  explicit concurrency_limit(concurrency_options options = {}) noexcept;

  [[nodiscard]] std::uint32_t value() const noexcept { return value_; }
  /// A call has ended that took `took`; `at_once` were being worked on when it began.
  void on_end(duration took, std::uint32_t at_once, time_point now) noexcept;

 private:
  void step(double mean) noexcept;

  concurrency_options options_;
  std::uint32_t value_;
  double exact_;
  double long_term_ = 0;  ///< nanoseconds
  std::uint32_t steps_ = 0;
  duration sum_{};
  std::uint32_t calls_ = 0;
  std::uint32_t most_at_once_ = 0;
  time_point step_began_{};
};

}  // namespace kith::resilience
