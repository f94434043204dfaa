// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a peer gives of its trust, and what a store thinks of it. The signatures are verified here:
// never on the loop.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "security/trust_store.hpp"

namespace kith {

/// Octets that nobody has verified yet.
struct trust_offer {
  std::uint64_t revocations = 0;  ///< the number that the list is said to have
  std::optional<bytes> revocation_list;
  /// By the hash for which each was asked.
  std::vector<std::pair<security::certificate_hash, bytes>> certificates;
};

struct trust_verdict {
  std::size_t taken = 0;
  std::size_t forged = 0;  ///< not signed by the root, or not what it was said to be
  std::string why;         ///< of the first of these
};

[[nodiscard]] trust_verdict take_offer(security::trust_store& store, const trust_offer& offer,
                                       std::chrono::sys_seconds now);

}  // namespace kith
