// SPDX-License-Identifier: MPL-2.0
#pragma once

// When something is to be done for a call that has no outcome: one timer serves for all of it.
// Pure.

#include <algorithm>
#include <cstdint>
#include <optional>

#include <kith/time.hpp>

namespace kith::rpc {

struct call_schedule {
  enum class due : std::uint8_t { nothing, deadline, repeat, hedge };

  time_point deadline{};
  std::optional<time_point> repeat_at;  ///< it pauses until then
  std::optional<time_point> hedge_at;   ///< it is late then

  [[nodiscard]] time_point next() const noexcept {
    return std::min({deadline, repeat_at.value_or(deadline), hedge_at.value_or(deadline)});
  }
  /// One thing at a time, and each once; the deadline before all else.
  due take_due(time_point now) noexcept {
    if (now >= deadline) {
      return due::deadline;
    }
    if (repeat_at && now >= *repeat_at) {
      repeat_at.reset();
      return due::repeat;
    }
    if (hedge_at && now >= *hedge_at) {
      hedge_at.reset();
      return due::hedge;
    }
    return due::nothing;
  }
};

}  // namespace kith::rpc
