// SPDX-License-Identifier: MPL-2.0
#pragma once

// The client's half of a CURVE handshake and of what follows it (CurveZMQ, ZeroMQ RFC 26), as the
// data of its commands: octets in, octets out. For tools that look at a server without libzmq.
//
//   client                        server
//   HELLO (proves nothing)   ->
//                            <-   WELCOME (proves the server's key)
//   INITIATE (proves ours)   ->
//                            <-   READY, or ERROR
//   MESSAGE                  <->  MESSAGE

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "security/keys.hpp"
#include "security/secret.hpp"

namespace kith::security {

class curve_client {
 public:
  /// Fresh octets that one handshake takes.
  static constexpr std::size_t chance_size = 32 + 16;

  /// `own_secret`: of the pair that the server shall know us by.
  curve_client(byte_view own_secret, const key_octets& server, byte_view chance);

  [[nodiscard]] bytes hello();
  /// False: it is not by who holds the server's secret, or it is no WELCOME.
  [[nodiscard]] bool take_welcome(byte_view data);
  /// After the WELCOME. `metadata` travels sealed.
  [[nodiscard]] bytes initiate(byte_view metadata);
  /// The server's metadata; nothing when it was not sealed for us.
  [[nodiscard]] std::optional<bytes> open_ready(byte_view data) const;

  /// A frame. `flags`: bit 0, more frames follow; bit 1, it is a command.
  [[nodiscard]] bytes seal_message(std::uint8_t flags, byte_view body);
  struct frame {
    std::uint8_t flags = 0;
    bytes body;
  };
  [[nodiscard]] std::optional<frame> open_message(byte_view data) const;

 private:
  [[nodiscard]] bytes next_nonce();

  secret own_;
  secret short_;  ///< of this connection
  key_octets short_public_{};
  key_octets server_;
  key_octets server_short_{};
  bytes cookie_;
  bytes vouch_nonce_;
  std::uint64_t nonce_ = 0;
};

}  // namespace kith::security
