// SPDX-License-Identifier: MPL-2.0
#pragma once

// What all parts of one ZeroMQ transport share.

#include <memory>
#include <string_view>
#include <utility>

#include "base/log.hpp"
#include "runtime/asio_loop.hpp"
#include "transport/stranger_watch.hpp"
#include "transport/transport.hpp"
#include "transport/zmq/buffer_pool.hpp"
#include "transport/zmq/inflow.hpp"
#include "transport/zmq/send_account.hpp"
#include "transport/zmq/zmq_context.hpp"
#include "transport/zmq/zmq_socket.hpp"
#include "transport/zmq/zmq_transport.hpp"

namespace kith::transport {

struct zmq_scope {
  zmq_scope(runtime::asio_loop& on, const socket_limits& most, const socket_timing& how_long,
            std::shared_ptr<zmq_context> of, log_sink* to)
      : loop{on}, limits{most}, timing{how_long}, context{std::move(of)}, log{to} {}

  runtime::asio_loop& loop;
  socket_limits limits;
  socket_timing timing;
  std::shared_ptr<zmq_context> context;
  log_sink* log;
  receiver* upper = nullptr;
  transport_counters counters;
  /// Outlives the transport: frames come back after it.
  std::shared_ptr<buffer_pool> buffers = std::make_shared<buffer_pool>();
  std::uint64_t last_link = 0;
  /// Set while the transport lives: a link that was full has room.
  unique_function<void(link_id)> room;
  bool stopped = false;
  stranger_watch strangers{loop, limits.strangers};
  /// A message has at most so many octets; what a routing id and the framing cost is in the slack.
  inflow_watch inflows{loop, limits.packet_bytes + std::uint64_t{64} * 1024};

  [[nodiscard]] link_id next_link() noexcept { return link_id{++last_link}; }
  void say(log_level level, std::string_view line) const {
    if (log != nullptr) {
      log->write(level, "transport", line);
    }
  }
  /// Lets the keys of that ring in at this transport's bound sockets, and no others.
  result<void> admit(const std::shared_ptr<const security::keyring>& ring);
  /// Domain of this transport's bound sockets at the ZAP handler.
  std::string zap_domain;
  std::shared_ptr<const zap_record> zap;  ///< null without keys

  /// One of the transport's sockets with the limits that every one of them has.
  [[nodiscard]] result<std::shared_ptr<zmq_socket>> open(int type) const;
};

/// A link's account, whose word that there is room again, from libzmq's thread, becomes an upcall
/// on the loop.
std::shared_ptr<send_account> make_account(const std::shared_ptr<zmq_scope>& scope, link_id link,
                                           std::size_t budget_bytes);

/// What a socket reads in one turn before others have theirs.
inline constexpr std::size_t packets_per_turn = 256;
inline constexpr std::size_t octets_per_turn = std::size_t{1} << 20;

}  // namespace kith::transport
