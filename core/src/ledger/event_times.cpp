// SPDX-License-Identifier: MPL-2.0
#include "ledger/event_times.hpp"

#include <algorithm>
#include <chrono>

#include "ledger/books.hpp"

namespace kith::ledger {

duration calendar_span(std::int64_t from_us, std::int64_t to_us) noexcept {
  constexpr std::uint64_t day_us = 86'400'000'000;
  if (from_us >= to_us) {
    return {};
  }
  const auto span = static_cast<std::uint64_t>(to_us) - static_cast<std::uint64_t>(from_us);
  return std::chrono::microseconds{static_cast<std::int64_t>(std::min(span, day_us))};
}

histogram& event_times::open(std::string_view topic, std::string_view group) {
  std::pair of{std::string{topic}, std::string{group}};
  if (const auto found = times_.find(of); found != times_.end()) {
    return found->second;
  }
  return times_[times_.size() < most ? std::move(of)
                                     : std::pair{std::string{books::others}, std::string{group}}];
}

}  // namespace kith::ledger
