// SPDX-License-Identifier: MPL-2.0
#pragma once

// What files of shops need and kith's own UTF-8 does not: to repair. Kept apart from it, since the
// storefront uses the library as anyone would, by its public headers.

#include <cstddef>
#include <string>

namespace storefront {

/// Replaces each octet that is not part of well-formed UTF-8 (RFC 3629) by U+FFFD, and returns how
/// many there were. No other encoding is guessed.
std::size_t repair_utf8(std::string& text);

}  // namespace storefront
