// SPDX-License-Identifier: MPL-2.0
#include "security/trust_stock.hpp"

#include "security/keys.hpp"

namespace kith::security {

certificate_hash digest_of(const std::map<certificate_hash, trust_stock::octets>& certificates) {
  bytes hashes;
  for (const auto& [named, octets] : certificates) {
    hashes += view_of(named);
  }
  return hash_of(hashes);
}

}  // namespace kith::security
