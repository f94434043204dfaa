// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Things to look at again a fixed while later. Bounded; no clock of its own.

#include <deque>
#include <utility>
#include <vector>

#include <kith/time.hpp>

namespace services {

template <class T>
class delay_line {
 public:
  delay_line(kith::duration delay, std::size_t limit) : delay_{delay}, limit_{limit} {}

  /// False when it is full: then the thing is not kept.
  bool push(T thing, kith::time_point now) {
    if (things_.size() >= limit_) {
      return false;
    }
    things_.emplace_back(now + delay_, std::move(thing));
    return true;
  }

  std::vector<T> take_due(kith::time_point now) {
    std::vector<T> due;
    while (!things_.empty() && things_.front().first <= now) {
      due.push_back(std::move(things_.front().second));
      things_.pop_front();
    }
    return due;
  }

  [[nodiscard]] std::size_t size() const noexcept { return things_.size(); }

 private:
  kith::duration delay_;
  std::size_t limit_;
  std::deque<std::pair<kith::time_point, T>> things_;  // the earliest first
};

}  // namespace services
