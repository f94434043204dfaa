// SPDX-License-Identifier: MPL-2.0
#pragma once

// Strangers at a CURVE server's door (ZeroMQ RFC 26), by plain sockets: what libzmq's own client
// costs would keep one machine from asking as often as many could.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace kith::test {

struct flood_options {
  std::uint16_t port = 0;
  std::string server_key;          ///< printable
  std::string from = "127.0.0.1";  ///< any address of this machine
  double per_second = 1000;
  std::size_t at_once = 64;  ///< at most so many connections
};

/// Whole handshakes with a key that nobody knows, by a thread of its own, until it is destroyed.
class curve_flood {
 public:
  explicit curve_flood(flood_options options);
  curve_flood(const curve_flood&) = delete;
  curve_flood& operator=(const curve_flood&) = delete;
  ~curve_flood();

  [[nodiscard]] std::uint64_t begun() const noexcept { return begun_; }
  /// By an answer: the server has done all that a handshake costs it.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  /// Before that.
  [[nodiscard]] std::uint64_t cut() const noexcept { return cut_; }

 private:
  struct knock;
  struct secrets;
  void run();
  void begin();
  bool advance(knock& one);
  [[nodiscard]] std::string initiate(const std::string& welcome) const;

  flood_options options_;
  std::unique_ptr<secrets> secrets_;
  std::string opening_;  ///< ZMTP's greeting and CURVE's hello: the same each time
  std::vector<std::unique_ptr<knock>> knocks_;
  std::atomic<std::uint64_t> begun_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> cut_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

/// A connection to that port of this machine that does not wait; -1 when there is none to be had.
int connect_from(const std::string& address, std::uint16_t port);
/// ZMTP's greeting with that mechanism.
std::string zmtp_greeting(const std::string& mechanism);
/// Greeting and hello of a stranger who knows that key: the server's turn comes next.
std::string curve_opening(const std::string& server_key);

}  // namespace kith::test
