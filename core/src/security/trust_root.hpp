// SPDX-License-Identifier: MPL-2.0
#pragma once

// The root of a trust domain: who signs there. Its public half is what every node has; its secret
// is only ever stored sealed with a passphrase.
//
//   public half                          sealed secret
//   offset  size  field                  offset  size  field
//   0       1     version, 1             0       1     version, 1
//   1       32    key (Ed25519)          1       32    key, public half
//   33      1+n   domain                 33      4     passes of Argon2id
//                                        37      4     its memory in KiB
//                                        41      16    its salt
//                                        57      24    nonce
//                                        81      1+n   domain
//                                        ...     48    the seed, sealed, with its tag
//
// The sealing key is Argon2id (version 1.3, one lane, RFC 9106) of passphrase and salt, 32 octets;
// the seed is sealed by XChaCha20-Poly1305, with all octets before it as associated data.

#include <cstdint>
#include <string>

#include "security/keys.hpp"

namespace kith::security {

struct trust_root {
  std::string domain;
  key_octets key{};
  friend bool operator==(const trust_root&, const trust_root&) = default;
};

judged<bytes> encode(const trust_root& root);
judged<trust_root> decode_trust_root(byte_view octets);

/// What a guess at the passphrase costs: passes and memory of Argon2id.
struct sealing_cost {
  std::uint32_t passes = 3;
  std::uint32_t memory_kib = 256 * 1024;
};
/// What a sealed secret may ask of who opens it.
inline constexpr sealing_cost most_cost{16, 1024 * 1024};

inline constexpr std::size_t sealing_chance = 16 + 24;

/// `chance`: sealing_chance fresh octets, never used before. malformed when the domain is no name
/// or the cost is out of its range; too_large when that much memory cannot be had.
judged<bytes> seal_root(const std::string& domain, const signing_key& key, byte_view passphrase,
                        byte_view chance, sealing_cost cost = {});

struct opened_root {
  trust_root root;
  signing_key key;
};
/// wrong_passphrase also when the octets were changed.
judged<opened_root> unseal_root(byte_view octets, byte_view passphrase);

}  // namespace kith::security
