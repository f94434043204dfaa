// SPDX-License-Identifier: MPL-2.0
#pragma once

// Well-formed UTF-8 and what to do about octets that are none.

#include <cstddef>
#include <string>
#include <string_view>

namespace kith {

/// Octets of the character at the start of `text`, which is not empty; 0 when it is malformed.
std::size_t character_size(std::string_view text) noexcept;

/// Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

/// At most `limit` octets of `text`, cut between characters; octets that are not UTF-8 become '?'.
/// For texts of others (an exception's what) on their way into an envelope.
std::string clean_text(std::string_view text, std::size_t limit);

}  // namespace kith
