// SPDX-License-Identifier: MPL-2.0
// What a test does to the wires while the world runs.

#include <vector>

#include "transport/sim/sim_network.hpp"

namespace kith::sim {

void network::block(host_index from, host_index to) {
  if (!blocked_.insert({from, to}).second) {
    return;
  }
  for (auto& [id, c] : connections_) {
    const auto a = c->at(side::client).host;
    const auto b = c->at(side::server).host;
    if (c->state == connection::phase::open && ((a == from && b == to) || (a == to && b == from))) {
      watch_stall(*c);
    }
  }
}

void network::heal(bool break_links) {
  std::vector<connection_id> stalled;
  for (auto& [id, c] : connections_) {
    if (c->state == connection::phase::open && parted(*c)) {
      stalled.push_back(id);
    }
  }
  blocked_.clear();
  for (const auto id : stalled) {
    connection& c = *find(id);
    ++c.stall;
    if (break_links) {
      snap(c, "connection reset");
      continue;
    }
    if (c.dark) {
      watch_stall(c);  // no heartbeat will come from there
    }
    resume(c, side::client);
    resume(c, side::server);
  }
}

void network::slow(host_index from, host_index to, std::uint64_t rate) {
  slow_[{from, to}] = rate;
}

}  // namespace kith::sim
