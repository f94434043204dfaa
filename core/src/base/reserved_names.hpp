// SPDX-License-Identifier: MPL-2.0
#pragma once

// Names of methods and topics that are the protocol's own. Rights, the books and the choosing of
// instances treat them differently, so what is reserved is said here only.

#include <string_view>

namespace kith {

inline constexpr std::string_view reserved_prefix = "kith.";
/// A subscriber subscribes to this prefix and 32 hexadecimal digits of its own choice, last.
inline constexpr std::string_view nonce_prefix = "kith.nonce.";
/// With a log's identity behind it: the topic that says that the log has grown.
inline constexpr std::string_view log_hint_prefix = "kith.log.";

constexpr bool is_reserved(std::string_view name) noexcept {
  return name.starts_with(reserved_prefix);
}

}  // namespace kith
