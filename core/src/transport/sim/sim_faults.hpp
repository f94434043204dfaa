// SPDX-License-Identifier: MPL-2.0
#pragma once

// How bad the simulated network is. Probabilities are in [0, 1]; all may change while the world
// runs.

#include <cstdint>

#include <kith/time.hpp>

namespace kith::sim {

struct faults {
  /// One way, uniform between the two; packets of one link stay in order.
  duration latency_min = std::chrono::microseconds{50};
  duration latency_max = std::chrono::microseconds{300};

  /// A lost segment of a link is sent again: the packet, and all behind it, come later.
  double packet_loss = 0;
  duration retransmit_after = std::chrono::milliseconds{200};
  duration redial_after = std::chrono::seconds{1};  ///< likewise, of a connection's first segment
  /// For each packet: the link breaks instead of delivering it.
  double link_break = 0;
  /// For each packet: it vanishes from a link that stands. No transport may do so: the books find
  /// it.
  double packet_vanishes = 0;

  double datagram_loss = 0;
  double datagram_duplication = 0;
  /// For each event and subscriber: as a publisher drops at its high-water mark.
  double event_drop = 0;

  /// Octets per second of each direction of each link; 0 is no limit.
  std::uint64_t bandwidth = 0;

  /// A dial into a black hole ends `unreachable` after this.
  duration connect_timeout = std::chrono::seconds{1};
  /// A stalled link breaks after this, as ZMTP heartbeats notice; zero: it waits for ever.
  duration stall_timeout = std::chrono::seconds{4};
};

}  // namespace kith::sim
