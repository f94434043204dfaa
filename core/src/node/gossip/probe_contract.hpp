// SPDX-License-Identifier: MPL-2.0
#pragma once

// What `kith.probe` carries (docs/discovery.md, section 12): do you hear that member? Every node
// serves it; it is for nodes, not for people.

#include <string>

#include <kith/contract.hpp>

namespace kith {

struct probe_request {
  std::string id;  ///< of a member of both
};
KITH_DESCRIBE(probe_request, id)

struct probe_reply {
  bool heard = false;  ///< just now; false also when it is unknown here
};
KITH_DESCRIBE(probe_reply, heard)

inline constexpr method<probe_request, probe_reply> probe_for{"kith.probe", idempotent};

}  // namespace kith
