// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the root of a trust domain says of a service: which keys stand for it, what it may do, and
// for how long. At most 2048 octets with the signature (security/signed_octets.hpp).
//
//   offset  size  field of the statement
//   0       16    serial, random, not zero
//   16      8     not before, seconds since 1970
//   24      8     not after, later than that
//   32      32    public key for CURVE
//   64      32    public key for the signatures of its beacons
//   96      1+n   domain
//           1+n   service
//           4 x   provides, calls, publishes, subscribes: a count (1), and so many rights (1+n),
//                 ascending by octets (security/rights.hpp)

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "security/rights.hpp"
#include "security/signed_octets.hpp"
#include "security/trust_root.hpp"

namespace kith::security {

class revocation_list;

using serial_number = std::array<unsigned char, 16>;

struct certificate {
  serial_number serial{};
  std::chrono::sys_seconds not_before;
  std::chrono::sys_seconds not_after;
  key_octets curve_key{};
  key_octets beacon_key{};
  std::string domain;
  std::string service;
  rights provides;
  rights calls;
  rights publishes;
  rights subscribes;

  [[nodiscard]] bool may_provide(std::string_view method) const { return provides.cover(method); }
  [[nodiscard]] bool may_call(std::string_view method) const { return calls.cover(method); }
  [[nodiscard]] bool may_publish(std::string_view topic) const { return publishes.cover(topic); }
  /// As it comes on the wire: a topic and a zero octet, or else a prefix of topics.
  [[nodiscard]] bool may_subscribe(std::string_view filter) const;

  friend bool operator==(const certificate&, const certificate&) = default;
};

/// "order (serial 1a2b3c4d)".
[[nodiscard]] std::string title_of(const certificate& of);

/// The statement; malformed or too_large.
judged<bytes> encode(const certificate& what);
/// Of octets that are verified already. What is read is written the same again.
judged<certificate> decode_certificate(byte_view statement);

/// SHA-256 of a certificate's octets, signature and all: what it is named by.
using certificate_hash = std::array<unsigned char, 32>;

judged<bytes> sign(const certificate& what, const signing_key& root);
/// Signed by the root for its domain, whatever the time is and whatever was revoked.
judged<certificate> open_certificate(byte_view octets, const trust_root& root);

/// How far clocks may be apart.
inline constexpr std::chrono::seconds usual_skew = std::chrono::hours{1};

/// not_yet_valid, expired, or nothing.
judged<void> check_time(const certificate& what, std::chrono::sys_seconds now,
                        std::chrono::seconds skew = usual_skew);

/// The same, or revoked. `revoked_by` may be null.
judged<void> check_standing(const certificate& what, const revocation_list* revoked_by,
                            std::chrono::sys_seconds now, std::chrono::seconds skew = usual_skew);

/// All of it: signature, layout, domain, revocation, time. `revoked` may be null.
judged<certificate> check(byte_view octets, const trust_root& root, const revocation_list* revoked,
                          std::chrono::sys_seconds now, std::chrono::seconds skew = usual_skew);

/// So many days before its end a certificate is to be warned of, once each.
inline constexpr std::array<int, 3> warning_days{14, 3, 1};
/// The least of them that has come, so long before the end; nothing before the first.
[[nodiscard]] std::optional<int> warning_at(std::chrono::seconds left) noexcept;
[[nodiscard]] std::optional<int> warning_of(const certificate& what, std::chrono::sys_seconds now);

}  // namespace kith::security
