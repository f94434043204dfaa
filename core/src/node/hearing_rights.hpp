// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a publisher lets a subscriber hear: asked and answered by `kith.may_hear`, where
// certificates say who may hear what.

#include <vector>

#include <kith/call.hpp>

#include "events/listener.hpp"
#include "node/hearing_contract.hpp"

namespace kith {

[[nodiscard]] heard_filters refused_of(const heard_filters& asked, const call_context& call);

/// Asks that publisher.
void ask_hearing_rights(detail::caller& client, const node_id& publisher,
                        const std::vector<events::filter>& filters,
                        events::listener::rights_reply done);

}  // namespace kith
