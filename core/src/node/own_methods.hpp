// SPDX-License-Identifier: MPL-2.0
#pragma once

// The methods of the reserved name `kith.`, which every node serves.

#include <kith/function.hpp>
#include <kith/introspection.hpp>

#include "base/log.hpp"
#include "node/gossip/gossiper.hpp"
#include "node/gossip/prober.hpp"
#include "node/neighbours.hpp"
#include "node/node_report.hpp"
#include "node/tap/tap_service.hpp"
#include "node/trust/node_trust.hpp"
#include "peers/hub.hpp"
#include "rpc/server.hpp"

namespace kith::detail {

/// Who answers them. All outlive the server.
struct own_method_parts {
  const node_report& report;
  const peers::hub& hub;
  const neighbours& members;
  log_sink& log;
  gossiper& gossips;
  prober& probes;
  node_trust& trust;
  tap_service& taps;
};

void serve_own_methods(rpc::server& server, const own_method_parts& parts,
                       unique_function<node_status()> status);

}  // namespace kith::detail
