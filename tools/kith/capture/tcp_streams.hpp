// SPDX-License-Identifier: MPL-2.0
#pragma once

// Puts the segments of captured TCP connections in order: what came twice is dropped, what came too
// early waits, and what never came is said. Pure and bounded.
//
// A hole is given up when `most_waiting` octets or segments wait behind it, when the direction
// ends, or at the end of the capture: a capture has its packets in nearly the order of the wire,
// and who captures may have missed what the receiver has not.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kith/capture/tcp_segment.hpp"

namespace kith::tool::capture {

/// One direction of one connection.
struct direction {
  std::uint64_t connection = 0;  ///< counted from 1
  bool from_client = true;       ///< of who sent SYN; when that was not seen, of the higher port
  station from;
  station to;
};

enum class stream_event_kind : std::uint8_t {
  opened,  ///< its SYN was seen
  joined,  ///< the capture begins in its midst
  octets,
  missing,  ///< `count` octets were not captured
  closed,   ///< FIN
  reset,
};

struct stream_event {
  stream_event_kind kind{};
  direction of;
  std::int64_t time_us = 0;
  byte_view octets;  ///< valid during the call
  std::uint64_t count = 0;
};

struct stream_counters {
  std::uint64_t segments = 0;
  std::uint64_t repeated = 0;      ///< segments of which nothing was new
  std::uint64_t out_of_order = 0;  ///< that came too early
  std::uint64_t missing = 0;       ///< octets
  std::uint64_t turned_away = 0;   ///< segments of connections beyond `most_connections`
};

class tcp_streams {
 public:
  static constexpr std::size_t most_connections = 4096;
  static constexpr std::size_t most_waiting_segments = 256;
  static constexpr std::size_t most_waiting_octets = std::size_t{4} << 20U;

  using listener = std::function<void(const stream_event&)>;
  explicit tcp_streams(listener heard) : heard_{std::move(heard)} {}

  void take(const segment& what, std::int64_t time_us);
  /// What waits is given up.
  void end();

  [[nodiscard]] const stream_counters& counters() const noexcept { return counters_; }

 private:
  struct waiting {
    bytes octets;
    std::uint64_t missing = 0;  ///< behind them
    std::int64_t time_us = 0;
  };
  struct half {
    direction of;
    bool begun = false;
    bool over = false;
    std::uint32_t first = 0;                 ///< sequence number of the octet at 0
    std::uint64_t next = 0;                  ///< octets that were told, or given up
    std::optional<std::uint64_t> fin_at;     ///< so many octets come before its FIN
    std::map<std::uint64_t, waiting> early;  ///< by place
    std::size_t early_octets = 0;
  };
  using pair_of_stations = std::pair<station, station>;  ///< the lower one first
  struct connection {
    half lower;  ///< from the first of the pair
    half higher;
  };

  connection* find(const segment& what);
  void note_fin(half& side, const segment& what, std::int64_t time_us);
  void begin(half& side, const segment& what, std::int64_t time_us);
  void take_payload(half& side, const segment& what, std::int64_t time_us);
  void deliver(half& side, byte_view octets, std::uint64_t missing, std::int64_t time_us);
  void deliver_early(half& side, bool give_up);
  void tell(half& side, stream_event_kind kind, std::int64_t time_us, byte_view octets = {},
            std::uint64_t count = 0);

  listener heard_;
  std::map<pair_of_stations, connection> connections_;
  std::uint64_t opened_ = 0;
  stream_counters counters_;
};

}  // namespace kith::tool::capture
