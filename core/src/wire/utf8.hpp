// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <string>
#include <string_view>

namespace kith::wire {

/// Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

/// At most `limit` octets of `text`, cut between characters; octets that are not UTF-8 become '?'.
/// For texts of others (an exception's what) on their way into an envelope.
std::string clean_text(std::string_view text, std::size_t limit);

}  // namespace kith::wire
