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

/// This node listens on loopback only, and `address` (of a peer) is on another machine: it must not
/// be dialled because a peer names it.
[[nodiscard]] bool beyond_loopback(std::string_view address, std::string_view own_inbox);

/// Somebody tells of a node at `inbox`: whether that leads anywhere from here. A node on loopback
/// dials no other machine because of what it hears, and a loopback address that another machine
/// tells leads to ourselves. `teller_is_here`: the teller is known to be on this machine.
[[nodiscard]] bool leads_somewhere(std::string_view inbox, std::string_view own_inbox,
                                   bool teller_is_here);

}  // namespace kith::peers
