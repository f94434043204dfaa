// SPDX-License-Identifier: MPL-2.0
#include "security/trust_stock.hpp"

#include "security/keys.hpp"

namespace kith::security {

trust_stock::hash digest_of(const std::map<trust_stock::hash, trust_stock::octets>& certificates) {
  bytes hashes;
  for (const auto& [named, octets] : certificates) {
    hashes += view_of(named);
  }
  return hash_of(hashes);
}

}  // namespace kith::security
