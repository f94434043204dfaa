// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the fuzzers of signed octets have in common.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "security/signed_octets.hpp"
#include "security/trust_root.hpp"

namespace kith::fuzz {

/// A fuzzer's assertion: what it finds is a crash.
inline void expect(bool good) {
  if (!good) {
    std::abort();
  }
}

inline byte_view octets_at(const std::uint8_t* data, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

/// The root of docs/protocol-vectors.json, whose key is in the open.
inline const security::signing_key& root_key() {
  static const security::signing_key key{[] {
    std::string seed;
    for (char octet = 0; octet < 32; ++octet) {
      seed += octet;
    }
    return seed;
  }()};
  return key;
}

inline const security::trust_root& root() {
  static const security::trust_root made{"plant", root_key().public_half()};
  return made;
}

/// No fuzzer finds a signature: statements are read as though they had a good one, the octets
/// themselves and what is behind a signature in them.
template <class Read>
void read_statements(byte_view octets, Read read) {
  read(octets);
  if (octets.size() > security::statement_offset) {
    read(octets.substr(security::statement_offset));
  }
}

/// There is one way to write what was read.
template <class Value>
void expect_same_again(const Value& what, byte_view octets) {
  const auto again = encode(what);
  expect(again && *again == octets);
}

}  // namespace kith::fuzz
