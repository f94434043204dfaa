// SPDX-License-Identifier: MPL-2.0
#pragma once

// Updates as they travel, and back: a peer's words are checked before anybody relies on them.

#include <optional>

#include "membership/update.hpp"
#include "node/gossip/gossip_contract.hpp"

namespace kith {

[[nodiscard]] gossip_update write_update(const membership::update& one);
/// Nothing when an id is no id, a name no name, the inbox no address, or the state an unknown one.
[[nodiscard]] std::optional<membership::update> read_update(const gossip_update& told);

}  // namespace kith
