// SPDX-License-Identifier: MPL-2.0
#include "resilience/retry_delay.hpp"

#include <algorithm>

#include "resilience/option_rule.hpp"

namespace kith::resilience {
namespace {

duration drawn_below(duration ceiling, std::uint64_t draw) noexcept {
  if (ceiling <= duration::zero()) {
    return {};
  }
  return duration{static_cast<duration::rep>(draw % static_cast<std::uint64_t>(ceiling.count()))};
}

}  // namespace

result<void> check(const retry_delay_options& options) {
  return check_rules("retry delay", {{options.base > duration::zero(), "base", "positive"},
                                     {options.cap > duration::zero(), "cap", "positive"}});
}

duration retry_delay(const retry_delay_options& options, std::uint32_t retry, std::uint64_t draw,
                     std::optional<duration> pushback) noexcept {
  if (pushback) {
    return *pushback + drawn_below(*pushback / 5, draw);
  }
  constexpr std::uint32_t most_doublings = 30;
  const auto times = (std::int64_t{1} << std::min(retry, most_doublings)) - 1;
  const bool over = options.base > options.cap / std::max<std::int64_t>(times, 1);
  return drawn_below(over ? options.cap : options.base * times, draw);
}

}  // namespace kith::resilience
