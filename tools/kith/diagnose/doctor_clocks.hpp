// SPDX-License-Identifier: MPL-2.0
#pragma once

// How far the calendars of other nodes are from this machine's. kith needs no calendar; people who
// read logs and traces do, and so do certificates.

#include <cstdint>
#include <string>
#include <vector>

#include "kith/base/network_options.hpp"
#include "kith/diagnose/doctor_findings.hpp"

namespace kith::tool {

/// What an answer says of a clock, as Cristian's algorithm reads it: it was read some time within
/// the round trip, most likely in the middle. Microseconds.
[[nodiscard]] clock_reading read_clock(std::int64_t theirs, std::int64_t ours_at_the_end,
                                       std::int64_t round_trip);

/// Asks each instance that is found a few times, and keeps its quickest answer. It takes a second,
/// and four at most. Nodes of before do not say what time it is.
[[nodiscard]] std::vector<clock_reading> read_clocks(const network_options& common);

/// A clock that is more than a second off beyond doubt, or that all agree.
void judge_clocks(const std::vector<clock_reading>& clocks, std::vector<finding>& into);

}  // namespace kith::tool
