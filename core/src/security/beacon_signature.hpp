// SPDX-License-Identifier: MPL-2.0
#pragma once

// The signature of a beacon: Ed25519 of the context "kith beacon 1", a zero octet, and all octets
// of the datagram before the signature (docs/discovery.md).

#include <memory>

#include "security/certificate.hpp"
#include "security/keys.hpp"

namespace kith::security {

struct beacon_signer {
  certificate_hash certificate{};  ///< that names the key
  std::shared_ptr<const signing_key> key;
};

[[nodiscard]] bytes sign_beacon(byte_view covered, const beacon_signer& signer);
[[nodiscard]] bool verify_beacon(byte_view covered, byte_view signature, const key_octets& signer);

}  // namespace kith::security
