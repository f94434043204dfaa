// SPDX-License-Identifier: MPL-2.0
#pragma once

// A TCP port of loopback that nobody else is given while this lives.

#include <cstdint>
#include <string>

namespace kith::test {

/// Binds a port and never listens there: a connection is refused, as at a port that nobody has, and
/// who binds it by number with SO_REUSEADDR, as libzmq does, may listen there, again and again.
class reserved_port {
 public:
  reserved_port();
  reserved_port(const reserved_port&) = delete;
  reserved_port& operator=(const reserved_port&) = delete;
  ~reserved_port();

  [[nodiscard]] std::uint16_t number() const noexcept { return number_; }
  /// "127.0.0.1:PORT"
  [[nodiscard]] std::string address() const;

 private:
  int socket_ = -1;
  std::uint16_t number_ = 0;
};

}  // namespace kith::test
