// SPDX-License-Identifier: MPL-2.0
#include "resilience/backoff.hpp"

#include <algorithm>
#include <limits>

namespace kith::resilience {

duration backoff::next(random_source& random) noexcept {
  // Doubling step by step stops at the cap, so nothing overflows.
  auto ceiling = options_.base;
  for (std::uint32_t i = 0; i < attempts_ && ceiling < options_.cap; ++i) {
    ceiling = ceiling > options_.cap / 2 ? options_.cap : ceiling * 2;
  }
  ceiling = std::clamp(ceiling, duration::zero(), std::max(options_.cap, duration::zero()));
  if (attempts_ < std::numeric_limits<std::uint32_t>::max()) {
    ++attempts_;
  }
  return duration{
      static_cast<duration::rep>(random.below(static_cast<std::uint64_t>(ceiling.count())))};
}

void backoff::on_down(time_point now) noexcept {
  if (up_since_ && now - *up_since_ >= options_.healthy_after) {
    attempts_ = 0;
  }
  up_since_.reset();
}

}  // namespace kith::resilience
