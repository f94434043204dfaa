// SPDX-License-Identifier: MPL-2.0
#include "resilience/backoff.hpp"

#include <algorithm>
#include <limits>

#include "resilience/option_rule.hpp"

namespace kith::resilience {

namespace {

/// Growing step by step stops at the cap, so nothing overflows.
duration grown(const backoff_options& options, std::uint32_t steps) noexcept {
  const auto cap = std::max(options.cap, duration::zero());
  auto delay = static_cast<double>(options.base.count());
  const auto most = static_cast<double>(cap.count());
  for (std::uint32_t i = 0; i < steps && delay > 0 && delay < most && options.factor != 1; ++i) {
    delay *= options.factor;
  }
  return delay < most ? duration{static_cast<duration::rep>(std::max(delay, 0.0))} : cap;
}

}  // namespace

result<void> check(const backoff_options& options) {
  const auto spread = options.spread.value_or(0);
  return check_rules("back-off", {
                                     {options.base > duration::zero(), "base", "positive"},
                                     {options.cap > duration::zero(), "cap", "positive"},
                                     {options.factor >= 1, "factor", "at least 1"},
                                     {spread >= 0 && spread <= 1, "spread", "from 0 to 1"},
                                 });
}

duration backoff::next(random_source& random) noexcept {
  const auto delay = grown(options_, attempts_);
  if (attempts_ < std::numeric_limits<std::uint32_t>::max()) {
    ++attempts_;
  }
  if (options_.spread) {
    const auto times = 1 + *options_.spread * (2 * random.unit() - 1);
    return duration{static_cast<duration::rep>(static_cast<double>(delay.count()) * times)};
  }
  return duration{
      static_cast<duration::rep>(random.below(static_cast<std::uint64_t>(delay.count())))};
}

void backoff::on_down(time_point now) noexcept {
  if (up_since_ && now - *up_since_ >= options_.healthy_after) {
    attempts_ = 0;
  }
  up_since_.reset();
}

}  // namespace kith::resilience
