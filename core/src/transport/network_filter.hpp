// SPDX-License-Identifier: MPL-2.0
#pragma once

// A program for the kernel's packet filter (SO_ATTACH_FILTER) that drops what comes from some
// networks and lets all else through.

#include <cstdint>
#include <span>
#include <vector>

#include <linux/filter.h>

namespace kith::transport {

/// What is filtered at once; the rest is let through.
inline constexpr std::size_t most_filtered = 64;

/// For a TCP socket; networks as network_of() gives them.
[[nodiscard]] std::vector<sock_filter> program_against(std::span<const std::uint64_t> networks);

}  // namespace kith::transport
