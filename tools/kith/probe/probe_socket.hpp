// SPDX-License-Identifier: MPL-2.0
#pragma once

// One stream connection over the kernel's own sockets, and a time that ends for all that is done
// with it. It blocks: for commands that run no node.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "kith/probe/probe_dialogue.hpp"

namespace kith::tool {

/// A descriptor that closes.
class descriptor {
 public:
  explicit descriptor(int number = -1) noexcept : number_{number} {}
  descriptor(descriptor&& other) noexcept;
  descriptor& operator=(descriptor&& other) noexcept;
  ~descriptor();
  [[nodiscard]] int get() const noexcept { return number_; }
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

 private:
  int number_;
};

/// A span that begins when it is made. The kernel keeps the time: a tool reads no clock.
class time_limit {
 public:
  explicit time_limit(std::chrono::milliseconds span);
  [[nodiscard]] int descriptor() const noexcept { return timer_.get(); }
  [[nodiscard]] bool over() const;
  [[nodiscard]] std::chrono::microseconds spent() const;

 private:
  std::chrono::microseconds span_;
  tool::descriptor timer_;
};

enum class wake : std::uint8_t { octets, hung_up, quiet, time_over };

class probe_socket {
 public:
  /// Connected, or how not.
  static tl::expected<probe_socket, probe_end> connect(const endpoint& to, const time_limit& limit);

  /// All of it, within the limit; false when the other side has hung up, or the time is over.
  bool send(byte_view octets, const time_limit& limit);
  /// Appends what comes. `quiet`: nothing did within `patience`.
  wake receive(bytes& into, std::chrono::milliseconds patience, const time_limit& limit);
  /// "127.0.0.1:5555", or the path.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
  probe_socket(descriptor socket, std::string address)
      : socket_{std::move(socket)}, address_{std::move(address)} {}

  descriptor socket_;
  std::string address_;
};

}  // namespace kith::tool
