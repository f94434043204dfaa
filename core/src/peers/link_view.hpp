// SPDX-License-Identifier: MPL-2.0
#pragma once

// What others may know of a link.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <kith/identity.hpp>

#include "peers/link_counts.hpp"
#include "peers/link_machine.hpp"
#include "security/certificate.hpp"
#include "transport/transport.hpp"

namespace kith::peers {

/// What the node knows of one own link, for routing and for people.
struct link_view {
  const node_description* peer = nullptr;  ///< complete when open
  link_phase phase = link_phase::idle;
  bool leaving = false;  ///< it said goodbye: no new work
  duration round_trip{};
  std::uint32_t queue_depth = 0;  ///< calls in progress or waiting there, by its last pong
  std::string why;                ///< of the last failure
  std::string_view via;           ///< "tcp" or "ipc"
  /// By which its key is known; null without.
  std::shared_ptr<const security::certificate> certificate;
};

/// One greeted link, by our count and by the other side's.
struct link_row {
  node_id peer;
  bool dialled = false;      ///< by us
  bool moved = false;        ///< its peer was forgotten: the books have it under "(gone)"
  std::uint64_t number = 0;  ///< the dialler's; 0: the other side does not count
  std::uint64_t sent = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t in_flight = 0;  ///< heartbeats that the transport has not taken, too
  inbound_count inbound;
  transport::link_id link = transport::link_id::none;
  duration round_trip{};  ///< dialled: of the last heartbeat
};

/// Who is at the other end of a link, dialled by either side; null when it has not said.
struct link_end {
  const node_description* peer = nullptr;
  bool dialled = false;  ///< by us
};

}  // namespace kith::peers
