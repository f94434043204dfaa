// SPDX-License-Identifier: MPL-2.0
#pragma once

// kith.sockets: what the transport counted of each socket, with whom the layers above know at its
// other end.

#include <cstddef>

#include <kith/introspection.hpp>

#include "node/node_discovery.hpp"
#include "peers/hub.hpp"
#include "transport/counted_transport.hpp"
#include "transport/transport.hpp"

namespace kith::detail {

struct socket_sources {
  const transport::counted_transport& traffic;
  const transport::transport& network;
  const peers::hub& hub;
  const node_discovery& discovery;
  std::size_t link_budget_bytes;
  time_point now;
};

[[nodiscard]] socket_list sockets_of(const socket_sources& from);

}  // namespace kith::detail
