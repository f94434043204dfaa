// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Time as kith counts it. There is no `now()` here on purpose: the loop owns the clock, so that a
/// test can run a day in a second. Ask `node.now()`.

#include <chrono>

namespace kith {

/// A span of time.
using duration = std::chrono::nanoseconds;

/// Monotonic; its epoch means nothing. In production the loop reads the steady clock, in
/// simulation it is virtual time.
struct clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<clock>;
  static constexpr bool is_steady = true;
};
/// A point on that clock.
using time_point = clock::time_point;

/// Calendar time, for records that people read. Never for deadlines or order.
using wall_time = std::chrono::sys_time<std::chrono::microseconds>;

}  // namespace kith
