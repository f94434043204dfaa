// SPDX-License-Identifier: MPL-2.0
#include "security/beacon_signature.hpp"

#include "security/signed_octets.hpp"

namespace kith::security {
namespace {

constexpr std::string_view beacon_context = "kith beacon 1";

}  // namespace

bytes sign_beacon(byte_view covered, const beacon_signer& signer) {
  return signer.key->sign(octets_to_sign(beacon_context, covered));
}

bool verify_beacon(byte_view covered, byte_view signature, const key_octets& signer) {
  return verify(octets_to_sign(beacon_context, covered), signature, signer);
}

}  // namespace kith::security
