// SPDX-License-Identifier: MPL-2.0
#include "routing/balancer.hpp"

#include "routing/power_of_two.hpp"
#include "routing/round_robin.hpp"

namespace kith::routing {

std::unique_ptr<balancer> make_balancer(std::string_view policy) {
  if (policy == "peak_ewma") {
    return std::make_unique<power_of_two>();
  }
  if (policy == "round_robin") {
    return std::make_unique<round_robin>();
  }
  return nullptr;
}

}  // namespace kith::routing
