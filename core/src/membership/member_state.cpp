// SPDX-License-Identifier: MPL-2.0
#include "membership/member_state.hpp"

#include <array>

namespace kith::membership {

std::string_view name_of(member_state state) noexcept {
  switch (state) {
    case member_state::alive: return "alive";
    case member_state::suspect: return "suspect";
    case member_state::dead: return "dead";
    case member_state::left: return "left";
  }
  return "unknown";
}

std::optional<member_state> state_named(std::string_view name) noexcept {
  using enum member_state;
  for (const auto state : std::array{alive, suspect, dead, left}) {
    if (name == name_of(state)) {
      return state;
    }
  }
  return std::nullopt;
}

}  // namespace kith::membership
