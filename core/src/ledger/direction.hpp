// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace kith::ledger {

/// As seen from this node.
enum class direction : std::uint8_t { outbound, inbound };
std::string_view name_of(direction d) noexcept;

}  // namespace kith::ledger
