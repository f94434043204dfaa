// SPDX-License-Identifier: MPL-2.0
#pragma once

// Where a connection comes from, as far as its hosts can be told apart by who pays for addresses:
// an IPv4 address, or an IPv6 network of 64 bits.

#include <cstdint>
#include <optional>
#include <string>

namespace kith::transport {

/// Nothing for what is not connected over IP.
[[nodiscard]] std::optional<std::uint64_t> network_of(int fd) noexcept;
/// Of a numeric address; nothing for what is none.
[[nodiscard]] std::optional<std::uint64_t> network_of(const std::string& address) noexcept;
/// "10.0.0.7", "2001:db8:1:2::/64".
[[nodiscard]] std::string name_of_network(std::uint64_t network);

}  // namespace kith::transport
