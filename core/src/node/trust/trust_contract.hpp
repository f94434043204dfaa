// SPDX-License-Identifier: MPL-2.0
#pragma once

// What `kith.trust` carries (docs/certificates.md, section 24): what one member lacks of the
// certificates and the revocation list of another. Every node with certificates serves it; it is
// for nodes, not for people.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <kith/contract.hpp>

namespace kith {

struct trust_request {
  std::uint64_t revocations = 0;  ///< the number of the caller's newest list; 0: it has none
  std::vector<std::byte> digest;  ///< of the caller's certificates
  /// A digest of the answerer's, all of whose hashes the caller has seen; or empty.
  std::vector<std::byte> seen;
  std::vector<std::byte> after;   ///< the hashes greater than this one are wanted; empty: all
  std::vector<std::byte> wanted;  ///< certificates by their hashes; empty: the hashes are wanted
};
KITH_DESCRIBE(trust_request, revocations, digest, seen, after, wanted)

struct trust_reply {
  std::uint64_t revocations = 0;  ///< of the answerer
  std::vector<std::byte> digest;
  std::optional<std::vector<std::byte>> revocation_list;  ///< when it is newer than the caller's
  std::vector<std::byte> hashes;  ///< ascending; none when the caller has or has seen them
  bool more = false;              ///< there are greater ones: ask `after` the last
  /// For the first of the wanted ones, in their order; one that is not there any more is empty.
  std::vector<std::vector<std::byte>> certificates;
};
KITH_DESCRIBE(trust_reply, revocations, digest, revocation_list, hashes, more, certificates)

inline constexpr method<trust_request, trust_reply> exchange_trust{"kith.trust", idempotent};

/// A list of revocations and a page of hashes, or certificates.
inline constexpr std::size_t most_trust_reply = std::size_t{64} * 1024;
inline constexpr std::size_t most_trust_hashes = 768;
inline constexpr std::size_t most_trust_wanted = 128;
inline constexpr std::size_t most_trust_octets = std::size_t{48} * 1024;  ///< of certificates

}  // namespace kith
