// SPDX-License-Identifier: MPL-2.0
#pragma once

// The same instance for the same key, as long as it is eligible: highest random weight (Thaler and
// Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998), weighted by -w / ln h. One
// more instance takes its share of the keys and moves no other; one that leaves spreads its keys
// over all the others. Lots are drawn by the instances' names: a restarted one has its keys again.

#include <cstdint>
#include <string_view>

#include "routing/balancer.hpp"

namespace kith::routing {

/// Index into the view. Weights count, warmth does not: keys shall not move while one warms up.
std::size_t choose_by_key(const choice_of& among) noexcept;

}  // namespace kith::routing
