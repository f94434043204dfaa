// SPDX-License-Identifier: MPL-2.0
#pragma once

// Octets as people copy them: "92 09 07", "920907", "92:09:07", "0x92, 0x09", in lines with
// comments behind ; or #, as on docs/protocol.md.

#include <string_view>

#include <kith/errors.hpp>

#include "base/bytes.hpp"

namespace kith::tool {

/// invalid_argument with the line, the column and what to do.
[[nodiscard]] result<bytes> octets_of_hex(std::string_view text);

}  // namespace kith::tool
