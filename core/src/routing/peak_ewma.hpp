// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a call to one instance costs, as an exponentially weighted moving average that is quick to
// see a peak and slow to forget it (Finagle's "Peak EWMA", Twitter, 2015): a sample above the cost
// replaces it, one below pulls it down with a time constant. Without samples the cost fades, so
// that an instance which was slow once is tried again.

#include <chrono>

#include <kith/time.hpp>

namespace kith::routing {

class peak_ewma {
 public:
  explicit peak_ewma(duration time_constant = std::chrono::seconds{10}) noexcept
      : time_constant_{static_cast<double>(time_constant.count())} {}

  /// A call took so long.
  void observe(duration took, time_point now) noexcept;
  /// A call failed after `took`, of the `limit` that its caller gave it. It counts as ten times
  /// what calls cost there: who fails fast shall not look quick.
  void observe_failure(duration took, duration limit, time_point now) noexcept;
  /// A call was given up after so long, without an answer; how long it would have taken, nobody
  /// knows. Where that was longer than usual again and again, and nothing is answered in between,
  /// each counts twice what the one before it did, up to sixteen times what it took.
  void observe_at_least(duration took, time_point now) noexcept;
  /// In nanoseconds; 0 as long as nothing was observed.
  [[nodiscard]] double cost(time_point now) const noexcept;

 private:
  void take(duration took, time_point now) noexcept;
  [[nodiscard]] double fade(time_point now) const noexcept;

  double time_constant_;
  double cost_ = 0;
  double usual_ = 0;  ///< the cost when something was answered last
  double given_up_factor_ = 1;
  time_point at_{};
};

}  // namespace kith::routing
