// SPDX-License-Identifier: MPL-2.0
#pragma once

// Two stopwatches. Both leave the warm-up out of the result.

#include <chrono>
#include <cstdint>
#include <vector>

#include "harness/control.hpp"

namespace bench {

using clock = std::chrono::steady_clock;

/// One operation after the other, each timed.
class latency_meter {
 public:
  explicit latency_meter(const run_request& request);

  /// An operation has ended, and the next one begins. False when the time is up.
  bool lap();
  [[nodiscard]] measurement result(std::uint64_t wrong);

 private:
  clock::time_point begin_;
  clock::time_point measured_from_;
  clock::time_point end_;
  clock::time_point last_;
  std::vector<double> laps_us_;
  std::uint64_t all_ = 0;
};

/// Many at once: counts, and looks at the clock once in a while.
class rate_meter {
 public:
  explicit rate_meter(const run_request& request);

  /// So many have ended. False when the time is up.
  bool add(std::uint64_t operations);
  [[nodiscard]] measurement result(std::uint64_t wrong) const;

 private:
  static constexpr std::uint64_t look_every = 16;

  clock::time_point begin_;
  clock::time_point measured_from_;
  clock::time_point end_;
  clock::time_point last_;
  std::uint64_t all_ = 0;
  std::uint64_t unlooked_ = 0;
  std::uint64_t at_begin_ = 0;
  std::uint64_t counted_ = 0;
  bool warm_ = false;
  bool over_ = false;
};

}  // namespace bench
