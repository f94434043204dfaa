// SPDX-License-Identifier: MPL-2.0
#pragma once

// Keys as octets. Chance comes in: whoever makes a key gives the octets it is made of.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "security/flaw.hpp"
#include "security/secret.hpp"

namespace kith::security {

inline constexpr std::size_t key_size = 32;
inline constexpr std::size_t signature_size = 64;

/// Of CURVE (X25519) or of signatures (Ed25519).
using key_octets = std::array<unsigned char, key_size>;

template <std::size_t Size>
[[nodiscard]] byte_view view_of(const std::array<unsigned char, Size>& octets) noexcept {
  return {reinterpret_cast<const char*>(octets.data()), Size};
}

/// Signs (Ed25519, RFC 8032).
class signing_key {
 public:
  /// `seed`: 32 secret octets, which are all of the key.
  explicit signing_key(byte_view seed);

  [[nodiscard]] const key_octets& public_half() const noexcept { return public_; }
  [[nodiscard]] byte_view seed() const noexcept { return secret_.view().substr(0, key_size); }
  [[nodiscard]] bytes sign(byte_view octets) const;

 private:
  secret secret_;  // the seed, and the public half again: as libsodium wants it
  key_octets public_{};
};

[[nodiscard]] bool verify(byte_view octets, byte_view signature, const key_octets& signer) noexcept;

/// The public half of a CURVE secret of 32 octets.
[[nodiscard]] key_octets curve_public(byte_view curve_secret);

/// SHA-256.
[[nodiscard]] std::array<unsigned char, 32> hash_of(byte_view octets);

/// "1a2b...".
[[nodiscard]] std::string hexadecimal(byte_view octets);

/// As ZeroMQ writes keys (RFC 32): 40 characters for 32 octets. Of a multiple of 4 octets.
[[nodiscard]] std::string z85_of(byte_view octets);
/// And back; nothing when it is no Z85 of a key.
[[nodiscard]] std::optional<key_octets> key_of_z85(std::string_view text);

}  // namespace kith::security
