// SPDX-License-Identifier: MPL-2.0
#pragma once

// A bound and listening address, tcp or ipc, held from bind to stop.
//
// Design notes
// - We bind it, and libzmq gets duplicates (ZMQ_USE_FD). So an outlet can be made anew, or
//   accepting be paused, without ever losing the port, and libzmq neither removes nor replaces
//   socket files.
// - On its own libzmq lets a second process bind an ipc path and steal the clients of the first. A
//   lock file beside the path (`PATH.lock`, flock, the holder's pid inside) makes the second fail;
//   only its holder may remove a socket file that a killed process left behind.
// - The file's directory is made 0700 and the socket is 0600: who may connect is who owns it.

#include <memory>
#include <optional>
#include <span>
#include <string>

#include <kith/errors.hpp>

#include "base/endpoint.hpp"
#include "transport/lock_file.hpp"

namespace kith::transport {

/// How many descriptors below the hard limit are kept for turning dialers away.
inline constexpr unsigned descriptor_reserve = 64;

class listening_socket {
 public:
  /// address_in_use names the holder when that can be found out.
  static result<std::unique_ptr<listening_socket>> bind(const std::string& endpoint);
  listening_socket() = default;
  listening_socket(const listening_socket&) = delete;
  listening_socket& operator=(const listening_socket&) = delete;
  ~listening_socket();

  /// With the real port.
  [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }
  [[nodiscard]] bool is_ipv6() const noexcept { return endpoint_.find('[') != std::string::npos; }
  /// A duplicate for libzmq to own, or -1 when no descriptor is left.
  [[nodiscard]] int duplicate() const noexcept;

  /// Accepts who waits and closes at once: for when libzmq found no descriptor left to accept with.
  /// Gives their number.
  std::size_t turn_away() noexcept;
  /// The kernel drops what comes from those networks, but on connections that are there; at most
  /// `most_filtered` of them, and instead of those before. Over ipc nothing comes from a network.
  void shut_out(std::span<const std::uint64_t> networks);

 private:
  result<void> bind_tcp(const kith::endpoint& where);
  result<void> bind_ipc(const kith::endpoint& where);

  std::string endpoint_;
  std::string path_;
  int fd_ = -1;
  std::optional<lock_file> lock_;
};

}  // namespace kith::transport
