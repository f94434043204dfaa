// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <string_view>

namespace kith::wire {

/// Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

}  // namespace kith::wire
