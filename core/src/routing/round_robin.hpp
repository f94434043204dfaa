// SPDX-License-Identifier: MPL-2.0
#pragma once

// One after the other, in proportion to the weights and smoothly: 2:1 is a b a, not a a b (nginx's
// smooth weighted round robin). Whoever is not eligible misses its turn.

#include <map>

#include "routing/balancer.hpp"

namespace kith::routing {

class round_robin final : public balancer {
 public:
  std::size_t choose(const choice_of& among, random_source& random) override;

 private:
  static constexpr std::size_t most_remembered = 4096;

  std::map<node_id, double> credit_;
};

}  // namespace kith::routing
