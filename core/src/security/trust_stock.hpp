// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a node may pass on of its trust, at one moment: a value that the loop reads while the store
// is worked on elsewhere.

#include <cstdint>
#include <map>
#include <memory>

#include "base/bytes.hpp"
#include "security/certificate.hpp"

namespace kith::security {

struct trust_stock {
  using octets = std::shared_ptr<const bytes>;

  std::uint64_t revocations = 0;  ///< the number of the newest list; 0: there is none
  octets revocation_list;         ///< null: there is none
  std::map<certificate_hash, octets>
      certificates;           ///< those that count, by the hash of their octets
  certificate_hash digest{};  ///< of these hashes

  friend bool same_stock(const trust_stock& a, const trust_stock& b) noexcept {
    return a.revocations == b.revocations && a.digest == b.digest;
  }
};

/// SHA-256 over the hashes in ascending order.
[[nodiscard]] certificate_hash digest_of(
    const std::map<certificate_hash, trust_stock::octets>& certificates);

}  // namespace kith::security
