// SPDX-License-Identifier: MPL-2.0
#include "security/beacon_signature.hpp"

namespace kith::security {
namespace {

bytes as_signed(byte_view covered) {
  bytes octets{"kith beacon 1"};
  octets += '\0';
  octets += covered;
  return octets;
}

}  // namespace

bytes sign_beacon(byte_view covered, const beacon_signer& signer) {
  return signer.key->sign(as_signed(covered));
}

bool verify_beacon(byte_view covered, byte_view signature, const key_octets& signer) {
  return verify(as_signed(covered), signature, signer);
}

}  // namespace kith::security
