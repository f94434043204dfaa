// SPDX-License-Identifier: MPL-2.0
#pragma once

// Somebody in the middle: connections to a port of its own go on to another one, and all octets of
// both directions are kept.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace kith::test {

class tcp_relay {
 public:
  /// To that port of this machine, until it is destroyed.
  explicit tcp_relay(std::uint16_t to);
  tcp_relay(const tcp_relay&) = delete;
  tcp_relay& operator=(const tcp_relay&) = delete;
  ~tcp_relay();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// What has gone by, each direction of each connection by itself.
  [[nodiscard]] std::vector<std::string> captured() const;

 private:
  struct stretch {
    int from;
    int to;
    std::string seen;
    bool over = false;
  };
  void run();
  void accept_one();
  void pass_on(stretch& way);

  std::uint16_t to_;
  std::uint16_t port_ = 0;
  int listening_;
  int wake_[2] = {-1, -1};
  mutable std::mutex guard_;
  std::vector<std::unique_ptr<stretch>> ways_;
  std::thread thread_;
};

}  // namespace kith::test
