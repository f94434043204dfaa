// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace kith::detail {

/// A node's life, in this order.
enum class node_phase : std::uint8_t { made, running, draining, cancelling, stopped };

/// As `kith.status` says it.
constexpr std::string_view name_of(node_phase phase) noexcept {
  switch (phase) {
    case node_phase::made: return "starting";
    case node_phase::running: return "running";
    case node_phase::draining: return "draining";
    case node_phase::cancelling: return "stopping";
    case node_phase::stopped: return "stopped";
  }
  return "stopped";
}

}  // namespace kith::detail
