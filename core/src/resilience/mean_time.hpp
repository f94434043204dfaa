// SPDX-License-Identifier: MPL-2.0
#pragma once

// How long something takes, on average over the latest few times.

#include <kith/time.hpp>

namespace kith::resilience {

class mean_time {
 public:
  /// Each further sample counts for an eighth.
  void add(duration sample) noexcept {
    mean_ = known_ ? mean_ + (sample - mean_) / 8 : sample;
    known_ = true;
  }
  /// Zero when there was none.
  [[nodiscard]] duration value() const noexcept { return mean_; }

 private:
  duration mean_{};
  bool known_ = false;
};

}  // namespace kith::resilience
