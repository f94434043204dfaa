// SPDX-License-Identifier: MPL-2.0
#include "resilience/retry_budget.hpp"

#include <algorithm>

namespace kith::resilience {

retry_budget::retry_budget(retry_budget_options options) noexcept
    : options_{options}, saved_{std::min(options.per_second, options.burst)} {}

void retry_budget::earn(time_point now) noexcept {
  if (begun_) {
    const std::chrono::duration<double> passed = now - since_;
    saved_ = std::min(saved_ + passed.count() * options_.per_second, options_.burst);
  }
  begun_ = true;
  since_ = now;
}

void retry_budget::on_call(time_point now) noexcept {
  earn(now);
  saved_ = std::min(saved_ + options_.per_call, options_.burst);
}

bool retry_budget::try_spend(time_point now) noexcept {
  earn(now);
  // Ten times 0.1 is a little less than one.
  constexpr double rounding = 1e-9;
  if (saved_ + rounding < 1) {
    ++refused_;
    return false;
  }
  saved_ = std::max(saved_ - 1, 0.0);
  ++spent_;
  return true;
}

}  // namespace kith::resilience
