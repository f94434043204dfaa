// SPDX-License-Identifier: MPL-2.0
#pragma once

// How long a suspect may stay silent before it counts as dead. The formula and its defaults are
// those of memberlist (HashiCorp), after Lifeguard (Dadgar, Phillips, Currey, 2018): the larger the
// group, the longer; and the longer, the fewer others have said the same.

#include <cstddef>

#include <kith/time.hpp>

namespace kith::membership {

struct suspicion_options {
  duration interval = std::chrono::seconds{1};  ///< between two probes (ProbeInterval)
  unsigned multiplier = 4;                      ///< SuspicionMult
  unsigned most = 6;                            ///< SuspicionMaxTimeoutMult

  /// As many independent accusers make it as short as it gets.
  [[nodiscard]] std::size_t accusers_wanted() const noexcept {
    return multiplier > 2 ? multiplier - 2 : 0;
  }
};

/// `accusers`: who said so beside ourselves. `members` counts the living ones, us among them.
duration suspicion_timeout(std::size_t members, std::size_t accusers,
                           const suspicion_options& options) noexcept;

}  // namespace kith::membership
