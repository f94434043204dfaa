// SPDX-License-Identifier: MPL-2.0
#pragma once

// A service's own keys, and the request by which it asks the root for a certificate. The secrets
// stay where they were made; the request is public.
//
//   secret keys                          request, the statement (security/signed_octets.hpp)
//   offset  size  field                  offset  size  field
//   0       1     version, 1             0       32    public key of its signatures
//   1       32    CURVE secret           32      32    public key for CURVE
//   33      32    seed of its signatures 64      8     made at, seconds since 1970
//   65      1+n   service                72      1+n   service
//
// The request is signed by the key at its beginning: who asks has that key. That one has a CURVE
// key is proved in every handshake.

#include <chrono>
#include <string>

#include "security/keys.hpp"
#include "security/signed_octets.hpp"

namespace kith::security {

class service_keys {
 public:
  /// 32 fresh octets each.
  service_keys(std::string service, byte_view curve_secret, byte_view signing_seed)
      : service_{std::move(service)},
        curve_secret_{secret::copy_of(curve_secret)},
        signing_{signing_seed},
        curve_public_{curve_public(curve_secret)} {}

  [[nodiscard]] const std::string& service() const noexcept { return service_; }
  [[nodiscard]] byte_view curve_secret() const noexcept { return curve_secret_.view(); }
  [[nodiscard]] const key_octets& curve_key() const noexcept { return curve_public_; }
  [[nodiscard]] const signing_key& signing() const noexcept { return signing_; }

 private:
  std::string service_;
  secret curve_secret_;
  signing_key signing_;
  key_octets curve_public_;
};

/// malformed when the service is no name.
judged<secret> encode(const service_keys& keys);
judged<service_keys> decode_service_keys(byte_view octets);

struct certificate_request {
  key_octets beacon_key{};
  key_octets curve_key{};
  std::chrono::sys_seconds made_at;
  std::string service;
  friend bool operator==(const certificate_request&, const certificate_request&) = default;
};

judged<bytes> sign_request(const service_keys& keys, std::chrono::sys_seconds now);
/// Signed by the key that it names.
judged<certificate_request> open_request(byte_view octets);

/// Of octets that are verified already; and back.
judged<certificate_request> decode_request(byte_view statement);
judged<bytes> encode(const certificate_request& what);

}  // namespace kith::security
