// SPDX-License-Identifier: MPL-2.0
#pragma once

// What `kith.gossip` carries (docs/discovery.md, section 12). Every node serves it;
// it is for nodes, not for people.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/contract.hpp>

namespace kith {

/// What one node tells another of a third.
struct gossip_update {
  std::string id;
  std::uint32_t revision = 0;
  std::string state;
  std::optional<std::string> accuser;  ///< of a suspicion
  std::uint64_t incarnation = 0;
  std::string service;
  std::string instance;
  std::string inbox;
};
KITH_DESCRIBE(gossip_update, id, revision, state, accuser, incarnation, service, instance, inbox)

struct gossip_request {
  std::uint32_t revision = 0;  ///< the caller's own
  std::vector<gossip_update> updates;
  /// The caller wants to know everybody, page by page: the members whose id is greater than this.
  std::optional<std::string> after;
};
KITH_DESCRIBE(gossip_request, revision, updates, after)

struct gossip_reply {
  std::uint32_t revision = 0;
  std::vector<gossip_update> updates;
  /// There is more: ask `after` this.
  std::optional<std::string> next;
};
KITH_DESCRIBE(gossip_reply, revision, updates, next)

inline constexpr method<gossip_request, gossip_reply> gossip{"kith.gossip", idempotent};

}  // namespace kith
