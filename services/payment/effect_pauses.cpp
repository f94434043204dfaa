// SPDX-License-Identifier: MPL-2.0
#include "payment/effect_pauses.hpp"

#include <algorithm>

namespace payment {

bool effect_pauses::may_try(std::int64_t number, kith::time_point now) const {
  const auto found = failing_.find(number);
  return found == failing_.end() || now >= found->second.not_before;
}

void effect_pauses::on_failed(std::int64_t number, const kith::error& why, kith::time_point now) {
  if (failing_.size() >= most && !failing_.contains(number)) {
    return;
  }
  auto& one = failing_[number];
  constexpr std::uint32_t most_doublings = 10;
  const auto doublings = std::min(one.attempts++, most_doublings);
  const bool refused =
      why.code == kith::condition::failed || why.code == kith::condition::unimplemented;
  const auto longest = refused ? longest_refused : longest_away;
  const kith::duration pause = std::min<kith::duration>(longest, first * (1U << doublings));
  const auto half = static_cast<std::uint64_t>(pause.count() / 2);
  one.not_before = now + pause / 2 + kith::duration{static_cast<std::int64_t>(below_(half))};
}

void effect_pauses::forget_old(kith::time_point now) {
  std::erase_if(failing_,
                [now](const auto& one) { return now >= one.second.not_before + longest_refused; });
}

}  // namespace payment
