// SPDX-License-Identifier: MPL-2.0
#pragma once

// The instance with the fewest outstanding calls for its weight; among equals chance decides, in
// proportion to the weights, so that an idle system spreads its calls too. One pass, no allocation.

#include "routing/balancer.hpp"

namespace kith::routing {

class least_outstanding final : public balancer {
 public:
  std::optional<std::size_t> choose(std::span<const instance_view> view,
                                    random_source& random) override;
};

}  // namespace kith::routing
