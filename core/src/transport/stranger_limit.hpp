// SPDX-License-Identifier: MPL-2.0
#pragma once

// How many connections may begin that prove no key.
//
// Design notes
// - What a CURVE handshake costs is spent before ZAP is asked. So a connection is judged when it
//   has been accepted.
// - Each takes a token of its network and one of all networks. The first message over it shows that
//   a key of ours was proved, and gives both back: members are never limited, however many come at
//   once, unless strangers come from the same network.
// - Unfinished handshakes end after a while (socket_timing::handshake). So there are at most
//   `burst_of_all + per_second_of_all * handshake` of them.
// - When the table is full, networks that have all their tokens go. Who finds no room has a row in
//   common with all others that find none.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include <kith/time.hpp>

namespace kith::transport {

struct stranger_limits {
  double per_second = 20;  ///< of one network
  double burst = 64;
  double per_second_of_all = 200;
  double burst_of_all = 1024;
  std::size_t most_networks = 4096;
};

/// Loop thread only.
class stranger_limit {
 public:
  /// As network_of() gives it.
  using network = std::uint64_t;

  explicit stranger_limit(const stranger_limits& limits = {}) noexcept;

  enum class verdict : std::uint8_t { good, too_many_of_it, too_many_of_all };

  /// A connection from there was accepted.
  [[nodiscard]] verdict begins(network from, time_point now);
  /// It has proved a key.
  void proved(network from, time_point now) noexcept;
  /// When somebody from there did last, as long as that is remembered.
  [[nodiscard]] std::optional<time_point> last_proof(network from) const noexcept;
  /// Nothing comes from there until then.
  void pause(network from, time_point until) noexcept;
  /// Who was paused has what comes to it in that time, at first.
  static constexpr duration saved = std::chrono::milliseconds{250};
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

 private:
  struct bucket {
    double tokens = 0;
    time_point since{};
    std::optional<time_point> proof;
  };
  static void fill(bucket& what, double per_second, double burst, time_point now) noexcept;
  bucket& row_of(network from, time_point now);
  void drop_full_ones(time_point now);

  stranger_limits limits_;
  bucket all_;
  bucket crowd_;  ///< of those that have no row
  std::map<network, bucket> rows_;
  time_point looked_{};  ///< for rows to drop
};

}  // namespace kith::transport
