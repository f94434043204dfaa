// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kith::membership {

enum class member_state : std::uint8_t {
  alive,    ///< greeted, and heard of lately
  suspect,  ///< not greeted yet, silent for 3 heartbeats, or its link is lost
  dead,     ///< silent, and it cannot be dialled: member_table.hpp says for how long
  left,     ///< it said goodbye
};
std::string_view name_of(member_state state) noexcept;
/// Of "alive", "suspect", "dead" or "left".
std::optional<member_state> state_named(std::string_view name) noexcept;

}  // namespace kith::membership
