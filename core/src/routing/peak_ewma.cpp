// SPDX-License-Identifier: MPL-2.0
#include "routing/peak_ewma.hpp"

#include <algorithm>
#include <cmath>

namespace kith::routing {
namespace {

// docs/resilience.md, section 2.
constexpr double failure_factor = 10;
constexpr double most_given_up_factor = 16;
constexpr double nearly_linear = 1e-3;  // below it e^-x is 1 - x but for half a millionth

}  // namespace

/// What of the old cost is left.
double peak_ewma::fade(time_point now) const noexcept {
  const auto passed = static_cast<double>((now - at_).count()) / time_constant_;
  if (passed <= 0) {
    return 1;
  }
  return passed < nearly_linear ? 1 - passed : std::exp(-passed);
}

void peak_ewma::observe(duration took, time_point now) noexcept {
  take(took, now);
  usual_ = cost_;
  given_up_factor_ = 1;
}

void peak_ewma::take(duration took, time_point now) noexcept {
  const auto sample = static_cast<double>(std::max(took, duration{1}).count());
  if (sample > cost_) {
    cost_ = sample;
  } else {
    const auto kept = fade(now);
    cost_ = cost_ * kept + sample * (1 - kept);
  }
  at_ = std::max(at_, now);
}

void peak_ewma::observe_failure(duration took, duration limit, time_point now) noexcept {
  const auto most = static_cast<double>(std::max(took, limit).count());
  const auto charged = cost_ > 0 ? std::min(cost_ * failure_factor, most) : most;
  take(std::max(took, duration{static_cast<duration::rep>(charged)}), now);
}

void peak_ewma::observe_at_least(duration took, time_point now) noexcept {
  auto least = static_cast<double>(took.count());
  if (least > usual_) {
    least *= given_up_factor_;
    given_up_factor_ = std::min(2 * given_up_factor_, most_given_up_factor);
  }
  if (least > cost(now)) {
    cost_ = least;
    at_ = std::max(at_, now);
  }
}

double peak_ewma::cost(time_point now) const noexcept {
  return cost_ == 0 ? 0 : cost_ * fade(now);
}

}  // namespace kith::routing
