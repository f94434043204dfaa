// SPDX-License-Identifier: MPL-2.0
#pragma once

// Commands of ZMTP 3 and what they carry (ZeroMQ RFC 37; CURVE's are of RFC 26), and which socket
// types go together.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace kith::tool::zmtp {

struct command {
  std::string name;
  bytes data;
};
/// Of a command's body; nothing when it has no name.
[[nodiscard]] std::optional<command> read_command(byte_view body);
/// One whole frame.
[[nodiscard]] bytes command_frame(std::string_view name, byte_view data);
[[nodiscard]] bytes message_frame(byte_view body, bool more = false);

/// How a body begins that CURVE has sealed. RFC 26 calls MESSAGE a command; libzmq sends it as an
/// ordinary frame, and takes it as one only.
constexpr std::string_view sealed_prefix = "\x07MESSAGE";

/// Name and value, in the order they come: "Socket-Type", "Identity".
using metadata = std::vector<std::pair<std::string, bytes>>;
/// Nothing when the octets are no list of properties.
[[nodiscard]] std::optional<metadata> read_metadata(byte_view octets);
[[nodiscard]] bytes encode(const metadata& properties);
/// Names are compared without case. Empty when it is not there.
[[nodiscard]] std::string_view value_of(const metadata& properties, std::string_view name);

/// Of an ERROR command's data.
[[nodiscard]] std::string error_reason(byte_view data);

/// Of ZMTP 2's octet: "DEALER"; empty for a number that is none.
[[nodiscard]] std::string_view socket_type_of(std::uint8_t number) noexcept;
[[nodiscard]] bool is_socket_type(std::string_view type) noexcept;
/// Whether sockets of these types may be connected to each other.
[[nodiscard]] bool compatible(std::string_view one, std::string_view other) noexcept;
/// What best connects to a socket of that type; "DEALER" to one that is not known.
[[nodiscard]] std::string_view partner_of(std::string_view type) noexcept;

}  // namespace kith::tool::zmtp
