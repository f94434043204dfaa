// SPDX-License-Identifier: MPL-2.0
#pragma once

// `kith.may_hear`: which of these topics would you refuse me? Every node serves it; a subscriber
// asks it where certificates say who may hear what (docs/protocol.md, section 9).

#include <string>
#include <vector>

#include <kith/call.hpp>
#include <kith/contract.hpp>

#include "events/listener.hpp"

namespace kith {

/// Asked, and as the answer: those that are refused.
struct heard_filters {
  std::vector<std::string> topics;
  std::vector<std::string> prefixes;  ///< of topics
};
KITH_DESCRIBE(heard_filters, topics, prefixes)

inline constexpr method<heard_filters, heard_filters> may_hear{"kith.may_hear", idempotent};

[[nodiscard]] heard_filters refused_of(const heard_filters& asked, const call_context& call);

/// Asks that publisher.
void ask_hearing_rights(detail::caller& client, const node_id& publisher,
                        const std::vector<events::filter>& filters,
                        events::listener::rights_reply done);

}  // namespace kith
