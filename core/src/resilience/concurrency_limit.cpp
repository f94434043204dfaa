// SPDX-License-Identifier: MPL-2.0
#include "resilience/concurrency_limit.hpp"

#include <algorithm>
#include <cmath>

namespace kith::resilience {
namespace {

// As Netflix's Gradient2Limit has them (concurrency-limits).
/// The plain mean, until an exponential one means something.
constexpr std::uint32_t warm_up_steps = 10;
/// A long-term mean so many times the present one comes of an overload and shrinks, step by step.
constexpr double overload_factor = 2;
constexpr double overload_decay = 0.95;
/// With less than one part in so many of the limit in use the callers are the limit.
constexpr std::uint32_t busy_share = 2;
constexpr double least_gradient = 0.5;

}  // namespace

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
  mean = std::max(mean, 1.0);
  ++steps_;
  const auto looks_back = steps_ <= warm_up_steps ? steps_ : options_.long_window;
  long_term_ += (mean - long_term_) / looks_back;
  if (long_term_ > overload_factor * mean) {
    long_term_ *= overload_decay;
  }
  if (most_at_once_ < value_ / busy_share) {
    return;
  }
  const auto gradient = std::clamp(options_.tolerance * long_term_ / mean, least_gradient, 1.0);
  const auto aim = exact_ * gradient + std::sqrt(exact_);
  exact_ += (aim - exact_) * options_.smoothing;
  exact_ =
      std::clamp(exact_, static_cast<double>(options_.least), static_cast<double>(options_.most));
  value_ = static_cast<std::uint32_t>(exact_);
}

}  // namespace kith::resilience
