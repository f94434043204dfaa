// SPDX-License-Identifier: MPL-2.0
#pragma once

// What all parts of one ZeroMQ transport share.

#include <memory>
#include <string_view>

#include "base/log.hpp"
#include "runtime/asio_loop.hpp"
#include "transport/transport.hpp"
#include "transport/zmq_context.hpp"
#include "transport/zmq_socket.hpp"
#include "transport/zmq_transport.hpp"

namespace kith::transport {

struct zmq_scope {
  runtime::asio_loop& loop;
  socket_limits limits;
  link_timing timing;
  std::shared_ptr<zmq_context> context;
  log_sink* log = nullptr;
  receiver* upper = nullptr;
  transport_counters counters;
  std::uint64_t last_link = 0;
  /// Set while the transport lives: a link that was full has room.
  unique_function<void(link_id)> room;
  bool stopped = false;

  [[nodiscard]] link_id next_link() noexcept { return link_id{++last_link}; }
  void say(log_level level, std::string_view line) const {
    if (log != nullptr) {
      log->write(level, "transport", line);
    }
  }
  /// One of the transport's sockets with the limits that every one of them has.
  [[nodiscard]] result<std::shared_ptr<zmq_socket>> open(int type) const;
};

/// What a socket reads in one turn before others have theirs.
inline constexpr std::size_t packets_per_turn = 256;
inline constexpr std::size_t octets_per_turn = std::size_t{1} << 20;

}  // namespace kith::transport
