// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which instances a call may go to, before a balancer chooses one of them.
//
// Design notes
// - A weight of zero takes nothing, nor does who works on another database (database_choice.hpp):
//   they are as if they were not there. And a breaker that is open is obeyed whatever happens: it
//   is what protects the instance.
// - Suspects come last. They are silent, so they are most likely dead: no panic is worth a call.
// - Usable is who is no suspect, not ejected, and whose breaker is not open.
// - The own zone is enough as long as 1/1.4 of its instances are usable (Envoy's overprovisioning
//   factor of its locality levels); else all zones are used alike.
// - Panic: when less than half of all are usable, and the own zone is not enough, ejections are
//   ignored, for whatever reason the others are not usable: the few left would drown (Finagle,
//   Envoy).

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "routing/balancer.hpp"

namespace kith::routing {

struct eligibility {
  bool panic = false;
  bool own_zone = false;  ///< only those of it
  bool suspects = false;  ///< there was nobody else
  bool barred = false;    ///< some were left out because their breaker is open
};

/// Replaces `into` by the indices of the eligible, in order.
eligibility narrow(std::span<const instance_view> view, std::string_view own_zone,
                   std::vector<std::uint32_t>& into);

}  // namespace kith::routing
