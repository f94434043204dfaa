// SPDX-License-Identifier: MPL-2.0
#pragma once

// Keys and what is signed as text, for files and mails: the lines of RFC 7468.
//
//   -----BEGIN KITH CERTIFICATE-----
//   AZb3...  (base64, 64 characters a line)
//   -----END KITH CERTIFICATE-----

#include <string_view>

#include "security/flaw.hpp"
#include "security/secret.hpp"

namespace kith::security {

inline constexpr std::string_view certificate_label = "KITH CERTIFICATE";
inline constexpr std::string_view request_label = "KITH REQUEST";
inline constexpr std::string_view revocation_label = "KITH REVOCATION LIST";
inline constexpr std::string_view root_label = "KITH ROOT";
inline constexpr std::string_view sealed_root_label = "KITH SEALED ROOT";
inline constexpr std::string_view service_keys_label = "KITH SECRET KEYS";

/// In a trust directory.
inline constexpr std::string_view root_file = "root.pub";
inline constexpr std::string_view sealed_root_file = "root.key";
inline constexpr std::string_view revocation_file = "revoked.list";
inline constexpr std::string_view keys_ending = ".keys";
inline constexpr std::string_view request_ending = ".req";
inline constexpr std::string_view certificate_ending = ".cert";

/// More text than this is nothing of ours.
inline constexpr std::size_t armour_limit = 64 * 1024;

/// May hold a secret, so it is wiped as one.
[[nodiscard]] secret to_armour(std::string_view label, byte_view octets);

struct armoured {
  std::string_view label;  ///< one of the above
  secret octets;
};
/// Ends of lines may be CRLF, and blank lines may stand before and behind. malformed or too_large.
judged<armoured> from_armour(std::string_view text);

}  // namespace kith::security
