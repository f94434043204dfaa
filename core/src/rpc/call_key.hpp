// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstdint>
#include <utility>

#include "peers/link_handlers.hpp"

namespace kith::rpc {

/// A call at who serves it: the number is the caller's.
using call_key = std::pair<peers::session_id, std::uint64_t>;

}  // namespace kith::rpc
