// SPDX-License-Identifier: MPL-2.0
#pragma once

// One datagram that says: I am here. At most 512 octets; integers are big-endian, texts have one
// octet of length before them.
//
//   offset  size  field
//   0       4     magic, "KITH"
//   4       1     version of this layout, 1
//   5       1     flags; 0, and ignored
//   6       16    node id
//   22      8     incarnation
//   30      4     sequence, from 0, one more for each beacon of this life
//   34      4     time to live in milliseconds: without another beacon, forget it after that
//   38      1+n   domain    (a name: 1-64 of letters, digits, '.', '-', '_')
//           1+n   service   (a name, or empty)
//           1+n   instance  (a name)
//           1+n   inbox     ("tcp://127.0.0.1:40001"; host 0.0.0.0 or [::] = where this came from)
//           1+n   identity  (hash of a certificate, 32 octets; empty without certificates)
//           1+n   signature (of all octets before this field, 64; empty without certificates)
//           ...   octets of later minor versions, skipped

#include <cstddef>
#include <cstdint>
#include <string>

#include <kith/errors.hpp>
#include <kith/identity.hpp>

#include "base/bytes.hpp"

namespace kith::discovery {

inline constexpr std::size_t beacon_limit = 512;
inline constexpr std::size_t beacon_minimum = 44;
inline constexpr std::uint8_t beacon_version = 1;

struct beacon {
  node_id id;
  kith::incarnation incarnation = 0;
  std::uint32_t sequence = 0;
  std::uint32_t ttl_ms = 5000;
  std::string domain;
  std::string service;
  std::string instance;
  std::string inbox;
  bytes identity;
  bytes signature;
  friend bool operator==(const beacon&, const beacon&) = default;
};

/// too_large over 512 octets, malformed when a text is no name or no endpoint.
result<bytes> encode(const beacon& what);
/// too_large, malformed or unsupported_version.
result<beacon> decode(byte_view datagram);
/// How many octets of its datagram, from the first one, the signature is of.
[[nodiscard]] std::size_t signed_octets(const beacon& what) noexcept;
/// The first, cheapest look: size, magic, version.
[[nodiscard]] bool looks_like_beacon(byte_view datagram) noexcept;

}  // namespace kith::discovery
