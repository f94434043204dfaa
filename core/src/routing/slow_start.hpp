// SPDX-License-Identifier: MPL-2.0
#pragma once

// A new instance gets a tenth of its weight, and all of it after a while: its caches are cold, its
// code is not compiled, its pools are empty (as Envoy's slow start with aggression 1). Where all
// are equally new that changes nothing, since weights are relative.

#include <algorithm>
#include <chrono>

#include <kith/time.hpp>

namespace kith::routing {

inline constexpr double coldest = 0.1;

/// Of one that is known for `age`, in [0.1, 1]. A window of zero: always 1.
inline double warmth(duration age, duration window) noexcept {
  if (age >= window) {
    return 1;
  }
  const auto share = static_cast<double>(age.count()) / static_cast<double>(window.count());
  return std::clamp(share, coldest, 1.0);
}

}  // namespace kith::routing
