// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a certificate, a request and a revocation list share: octets that are verified before
// anything in them is read.
//
//   offset  size  field
//   0       1     version, 1
//   1       64    signature (Ed25519) of: the context of its kind, a zero octet, the statement
//   65      ...   statement
//
// The context keeps a signature of one kind from being one of another.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "security/keys.hpp"

namespace kith::security {

struct signed_kind {
  std::string_view name;     ///< for people
  std::string_view context;  ///< with the version of the layout
  std::size_t limit;         ///< octets in all
};

inline constexpr signed_kind certificate_kind{"certificate", "kith certificate 1", 2048};
inline constexpr signed_kind request_kind{"request", "kith request 1", 256};
inline constexpr signed_kind revocation_kind{"revocation list", "kith revocation list 1", 32'768};

inline constexpr std::uint8_t signed_version = 1;
inline constexpr std::size_t statement_offset = 1 + signature_size;

/// What is signed: the context, a zero octet, the statement.
[[nodiscard]] bytes octets_to_sign(std::string_view context, byte_view statement);

/// too_large over the limit of its kind.
judged<bytes> seal_statement(const signed_kind& kind, byte_view statement,
                             const signing_key& signer);

/// The statement, which `signer` has signed as this kind; a view into `octets`. too_large,
/// unsupported_version or bad_signature.
judged<byte_view> open_statement(const signed_kind& kind, byte_view octets,
                                 const key_octets& signer);

}  // namespace kith::security
