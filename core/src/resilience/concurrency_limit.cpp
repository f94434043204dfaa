// SPDX-License-Identifier: MPL-2.0
#include "resilience/concurrency_limit.hpp"

#include <algorithm>
#include <cmath>

namespace kith::resilience {

concurrency_limit::concurrency_limit(concurrency_options options) noexcept
    : options_{options},
      value_{options.fixed > 0 ? options.fixed
                               : std::clamp(options.initial, options.least, options.most)},
      exact_{static_cast<double>(value_)} {}

void concurrency_limit::on_end(duration took, std::uint32_t at_once, time_point now) noexcept {
  if (options_.fixed > 0) {
    return;
  }
  if (calls_ == 0) {
    step_began_ = now;
  }
  ++calls_;
  sum_ += took;
  most_at_once_ = std::max(most_at_once_, at_once);
  if (calls_ >= options_.step_calls && now - step_began_ >= options_.step_time) {
    step(static_cast<double>(sum_.count()) / calls_);
    calls_ = 0;
    sum_ = {};
    most_at_once_ = 0;
  }
}

void concurrency_limit::step(double mean) noexcept {
  constexpr std::uint32_t warm_up = 10;  // the plain mean, until an exponential one means something
  mean = std::max(mean, 1.0);
  ++steps_;
  const auto looks_back = steps_ <= warm_up ? steps_ : options_.long_window;
  long_term_ += (mean - long_term_) / looks_back;
  if (long_term_ > 2 * mean) {
    long_term_ *= 0.95;  // after a long overload: come back sooner
  }
  if (most_at_once_ < value_ / 2) {
    return;  // the callers are the limit
  }
  const auto gradient = std::clamp(options_.tolerance * long_term_ / mean, 0.5, 1.0);
  const auto aim = exact_ * gradient + std::sqrt(exact_);
  exact_ += (aim - exact_) * options_.smoothing;
  exact_ =
      std::clamp(exact_, static_cast<double>(options_.least), static_cast<double>(options_.most));
  value_ = static_cast<std::uint32_t>(exact_);
}

}  // namespace kith::resilience
