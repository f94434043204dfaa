// SPDX-License-Identifier: MPL-2.0
#include "resilience/retry_budget.hpp"

#include <algorithm>

namespace kith::resilience {

retry_budget::retry_budget(retry_budget_options options) noexcept
    : options_{options}, by_time_{std::min(options.per_second, options.burst)} {}

void retry_budget::earn(time_point now) noexcept {
  if (begun_) {
    const std::chrono::duration<double> passed = now - since_;
    by_time_ =
        std::min(by_time_ + passed.count() * options_.per_second, options_.burst - by_calls_);
  }
  begun_ = true;
  since_ = now;
}

void retry_budget::on_call(time_point now) noexcept {
  earn(now);
  by_calls_ = std::min(by_calls_ + options_.per_call, options_.burst);
  by_time_ = std::max(by_time_ - options_.per_call, -options_.per_second);
}

bool retry_budget::may_spend(time_point now) noexcept {
  earn(now);
  // Ten times 0.1 is a little less than one.
  constexpr double rounding = 1e-9;
  return saved() + rounding >= 1;
}

bool retry_budget::try_spend(time_point now) noexcept {
  if (!may_spend(now)) {
    return false;
  }
  const auto of_calls = std::min(by_calls_, 1.0);
  by_calls_ -= of_calls;
  by_time_ -= 1 - of_calls;
  return true;
}

}  // namespace kith::resilience
