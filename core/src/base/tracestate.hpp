// SPDX-License-Identifier: MPL-2.0
#pragma once

// The `tracestate` of W3C Trace Context, level 2: what vendors of tracing systems pass on beside
// `traceparent`, as "vendor=value,other=value". Nothing here adds to it or changes an entry.

#include <cstddef>
#include <string>
#include <string_view>

namespace kith {

inline constexpr std::size_t longest_tracestate = 512;

/// What of it is passed on: its entries in their order, without white space around them and without
/// empty ones. Empty when it is none: an entry that is no "key=value", a key twice, more than 32
/// entries. Of one that is too long entries of more than 128 characters are left out, then the last
/// ones, as the specification says.
[[nodiscard]] std::string tracestate_of(std::string_view text);

}  // namespace kith
