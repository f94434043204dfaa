// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kith::wire {

/// RFC 4648, section 4, with padding.
std::string to_base64(std::string_view octets);
/// The inverse; nothing for what to_base64() does not write.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace kith::wire
