// SPDX-License-Identifier: MPL-2.0
#include "security/keys.hpp"

#include <cassert>
#include <cstdint>

#include <sodium.h>

namespace kith::security {
namespace {

static_assert(key_size == crypto_sign_SEEDBYTES && key_size == crypto_sign_PUBLICKEYBYTES &&
              key_size == crypto_scalarmult_BYTES && key_size == crypto_scalarmult_SCALARBYTES);
static_assert(signature_size == crypto_sign_BYTES);

constexpr std::string_view z85_signs =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

const unsigned char* octets_of(byte_view view) noexcept {
  return reinterpret_cast<const unsigned char*>(view.data());
}

}  // namespace

signing_key::signing_key(byte_view seed) : secret_{crypto_sign_SECRETKEYBYTES} {
  assert(seed.size() == key_size);
  crypto_sign_seed_keypair(public_.data(), secret_.data(), octets_of(seed));
}

bytes signing_key::sign(byte_view octets) const {
  bytes signature(signature_size, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                       octets_of(octets), octets.size(), secret_.data());
  return signature;
}

bool verify(byte_view octets, byte_view signature, const key_octets& signer) noexcept {
  return signature.size() == signature_size &&
         crypto_sign_verify_detached(octets_of(signature), octets_of(octets), octets.size(),
                                     signer.data()) == 0;
}

key_octets curve_public(byte_view curve_secret) {
  assert(curve_secret.size() == key_size);
  key_octets made{};
  crypto_scalarmult_base(made.data(), octets_of(curve_secret));
  return made;
}

std::array<unsigned char, 32> hash_of(byte_view octets) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), octets_of(octets), octets.size());
  return hash;
}

std::string hexadecimal(byte_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char octet : octets) {
    text += digits[static_cast<unsigned char>(octet) >> 4U];
    text += digits[static_cast<unsigned char>(octet) & 15U];
  }
  return text;
}

std::string z85_of(byte_view octets) {
  assert(octets.size() % 4 == 0);
  std::string text;
  for (; !octets.empty(); octets.remove_prefix(4)) {
    std::uint32_t value = 0;
    for (const char octet : octets.substr(0, 4)) {
      value = value << 8U | static_cast<std::uint8_t>(octet);
    }
    for (std::uint32_t power = 85U * 85U * 85U * 85U; power > 0; power /= 85U) {
      text += z85_signs[value / power % 85U];
    }
  }
  return text;
}

std::optional<key_octets> key_of_z85(std::string_view text) {
  key_octets key{};
  if (text.size() != key_size / 4 * 5) {
    return std::nullopt;
  }
  for (std::size_t at = 0; at < key_size; at += 4, text.remove_prefix(5)) {
    std::uint64_t value = 0;
    for (const char sign : text.substr(0, 5)) {
      const auto digit = z85_signs.find(sign);
      if (digit == std::string_view::npos) {
        return std::nullopt;
      }
      value = value * 85 + digit;
    }
    if (value > 0xffffffffU) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i < 4; ++i) {
      key[at + i] = static_cast<unsigned char>(value >> (8 * (3 - i)) & 0xffU);
    }
  }
  return key;
}

}  // namespace kith::security
