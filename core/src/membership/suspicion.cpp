// SPDX-License-Identifier: MPL-2.0
#include "membership/suspicion.hpp"

#include <algorithm>
#include <cmath>

namespace kith::membership {

duration suspicion_timeout(std::size_t members, std::size_t accusers,
                           const suspicion_options& options) noexcept {
  const double scale = std::max(1.0, std::log10(std::max(1.0, static_cast<double>(members))));
  const double least = options.multiplier * scale * static_cast<double>(options.interval.count());
  const double most = options.most * least;
  const auto wanted = options.accusers_wanted();
  double length = least;
  if (wanted > 0 && members >= wanted + 2) {
    const double said =
        std::log(static_cast<double>(accusers) + 1.0) / std::log(static_cast<double>(wanted) + 1.0);
    length = std::max(least, most - said * (most - least));
  }
  return duration{static_cast<duration::rep>(length)};
}

}  // namespace kith::membership
