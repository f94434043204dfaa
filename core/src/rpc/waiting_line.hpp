// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calls that wait for an instance, the first first. One that has ended meanwhile may still
// stand in it: whoever is asked then says so. Pure.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace kith::rpc {

class waiting_line {
 public:
  [[nodiscard]] bool empty() const noexcept { return calls_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }
  void clear() noexcept { calls_.clear(); }

  /// `pending` calls have no outcome, and `is_pending` says which: now and then the others go.
  template <class IsPending>
  void add(std::uint64_t call, std::size_t pending, IsPending is_pending) {
    if (calls_.size() >= 2 * pending + 16) {
      std::erase_if(calls_, [&](auto old) { return !is_pending(old); });
    }
    calls_.push_back(call);
  }
  /// Asks each in turn whether it goes on waiting. Those that come meanwhile wait behind them, and
  /// are not asked.
  template <class GoesOn>
  void ask(GoesOn goes_on) {
    auto asked = std::exchange(calls_, {});
    std::erase_if(asked, [&](auto call) { return !goes_on(call); });
    calls_.insert(calls_.begin(), asked.begin(), asked.end());
  }

 private:
  std::deque<std::uint64_t> calls_;
};

}  // namespace kith::rpc
