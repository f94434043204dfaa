// SPDX-License-Identifier: MPL-2.0
#pragma once

// What nodes tell each other of third ones.

#include <cstdint>
#include <string>

#include <kith/identity.hpp>

#include "membership/member_state.hpp"

namespace kith::membership {

/// Counts the refutations of one life: raised only by the node itself, when it hears that it is
/// suspected. (SWIM calls it incarnation; that is another thing here.)
using revision = std::uint32_t;

struct update {
  node_id id;
  membership::revision revision = 0;
  member_state state = member_state::alive;
  node_id accuser;  ///< of a suspicion: who began it; else nil
  kith::incarnation incarnation = 0;
  std::string service;
  std::string instance;
  std::string inbox;
  friend bool operator==(const update&, const update&) = default;
};

}  // namespace kith::membership
