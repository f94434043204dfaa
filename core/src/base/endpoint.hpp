// SPDX-License-Identifier: MPL-2.0
#pragma once

// Addresses as people and hellos write them: "tcp://127.0.0.1:*", "tcp://[::1]:5555",
// "ipc:///run/kith/order".

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kith/errors.hpp>

namespace kith {

struct endpoint {
  enum class scheme : std::uint8_t { tcp, ipc };
  /// sun_path's 108 octets less the zero at the end.
  static constexpr std::size_t longest_path = 107;

  scheme kind = scheme::tcp;
  std::string host;                   ///< tcp: without brackets; "0.0.0.0" and "::" for any
  std::optional<std::uint16_t> port;  ///< tcp: nullopt is "*", any free one
  std::string path;                   ///< ipc: absolute, at most `longest_path` octets

  friend bool operator==(const endpoint&, const endpoint&) = default;

  /// bad_config with what is wrong and what would be right. A host of "*" becomes "0.0.0.0".
  static result<endpoint> parse(std::string_view text);
  /// Of a seed: "10.0.0.7:5555", or an endpoint in full; it names one host and one port.
  static result<endpoint> parse_seed(std::string_view text);
  /// Where to listen for others than nodes: "127.0.0.1:9100", "[::1]:0". Port 0 and "*" are any
  /// free one.
  static result<endpoint> parse_host_port(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  /// Reachable from this machine only. True for ipc.
  [[nodiscard]] bool is_loopback() const noexcept;
  /// Listens on every address of the machine: no address to dial.
  [[nodiscard]] bool is_wildcard() const noexcept;
};

/// The four octets of "127.0.0.1"; nullopt for anything else.
std::optional<std::array<std::uint8_t, 4>> ipv4_of(std::string_view text) noexcept;

/// 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104, "localhost".
bool is_loopback_host(std::string_view host) noexcept;

/// Where a node whose inbox is bound at `listen` binds its outlet: same host and a free port, or
/// the path with ".events".
endpoint outlet_beside(const endpoint& listen);

/// `advertised` with its wildcard host replaced by `observed`, the address its owner was heard
/// from; unchanged when it names a host or is no endpoint.
std::string dialable(std::string_view advertised, std::string_view observed);

}  // namespace kith
