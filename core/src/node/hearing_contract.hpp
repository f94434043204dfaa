// SPDX-License-Identifier: MPL-2.0
#pragma once

// What `kith.may_hear` carries (docs/protocol.md, section 9): which of these topics would you
// refuse me? Every node serves it.

#include <string>
#include <vector>

#include <kith/contract.hpp>

namespace kith {

/// Asked, and as the answer: those that are refused.
struct heard_filters {
  std::vector<std::string> topics;
  std::vector<std::string> prefixes;  ///< of topics
};
KITH_DESCRIBE(heard_filters, topics, prefixes)

inline constexpr method<heard_filters, heard_filters> may_hear{"kith.may_hear", idempotent};

}  // namespace kith
