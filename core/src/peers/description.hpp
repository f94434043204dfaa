// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a peer says of itself in hello or welcome, before anybody relies on it.

#include <string_view>

#include <kith/identity.hpp>

namespace kith::peers {

/// The first field that is no name or no address ("self.inbox"); empty when all are good. Names end
/// in log lines and on terminals, so nothing else than names may be in them.
[[nodiscard]] std::string_view flaw_in(const node_description& peer);

/// A node that listens on every address of its machine cannot say which one leads there: the host
/// that was dialled does.
void resolve_wildcards(node_description& peer, std::string_view dialled);

/// It can be dialled at what its hello says, without having been dialled before.
[[nodiscard]] bool names_an_inbox(const node_description& peer);

}  // namespace kith::peers
