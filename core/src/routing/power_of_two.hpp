// SPDX-License-Identifier: MPL-2.0
#pragma once

// The better of two that chance picks (Mitzenmacher, "The Power of Two Choices in Randomized Load
// Balancing", 2001): by what a call costs there, times the calls that wait there already. Chance
// keeps callers from running all to the same instance; the second choice keeps them from the bad
// one.
//
// Design notes
// - Weights count twice: in the odds of being picked, and in how much a waiting call weighs.
// - No history but calls that wait: a large penalty, so that an instance which never answers gets
//   one call of each caller and no more. Nothing known at all: it is tried.
// - Scores within a tenth of each other are equal; then the weights decide by chance, so that an
//   idle system spreads its calls, too.

#include "routing/balancer.hpp"

namespace kith::routing {

class power_of_two final : public balancer {
 public:
  std::size_t choose(const choice_of& among, random_source& random) override;
};

/// What one more call there is expected to cost: less is better.
double score_of(const instance_view& one, time_point now) noexcept;

}  // namespace kith::routing
