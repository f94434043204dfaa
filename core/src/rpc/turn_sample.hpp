// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which calls of a turn are timed: to read the clock twice takes as long as a small handler. The
// first few are, so of a node that is not busy all; then one stands for sixteen.

#include <cstdint>

#include <kith/time.hpp>

namespace kith::rpc {

class turn_sample {
 public:
  static constexpr std::uint64_t each = 4;
  static constexpr std::uint64_t then_one_of = 16;

  /// For how many calls the next one of this turn stands; 0: it is not timed.
  [[nodiscard]] std::uint64_t next(time_point turn) noexcept {
    if (turn != turn_) {
      turn_ = turn;
      calls_ = 0;
    }
    const auto number = calls_++;
    if (number < each) {
      return 1;
    }
    return (number - each) % then_one_of == then_one_of - 1 ? then_one_of : 0;
  }

 private:
  time_point turn_{};
  std::uint64_t calls_ = 0;
};

}  // namespace kith::rpc
