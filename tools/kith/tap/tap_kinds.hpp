// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <array>

namespace kith::tool {

/// What a tap may show: the kinds of envelopes, and what a recorder says besides.
inline constexpr std::array tap_kinds{
    "hello",  "welcome", "refuse", "ping", "pong",    "request", "reply",     "error", "cancel",
    "credit", "event",   "heads",  "item", "goodbye", "span",    "malformed", "cut",   "unknown"};

}  // namespace kith::tool
