// SPDX-License-Identifier: MPL-2.0

// How a node serves `kith.tap`, and what it knows of links and calls for it.

#include "base/endpoint.hpp"
#include "node/node_core.hpp"

namespace kith::detail {

void node_core::serve_tap() {
  served_method tapped;
  tapped.schema = kith::describe(tap_node);
  tapped.stream = [this](std::string_view body, outgoing_stream& out, call_context& call) {
    return taps.run(request_of<tap_request>(body), out, call, is_private());
  };
  server.add(std::move(tapped));
}

bool node_core::is_private() const {
  const auto keys = hub.policy().keys;
  const auto inbox = endpoint::parse(hub.self().inbox);
  return (keys && keys->certified()) || (inbox && inbox->is_loopback());
}

std::optional<passing_peer> node_core::peer_at(std::uint64_t link) const {
  const auto where = static_cast<transport::link_id>(link);
  const auto* who = hub.end_of(where).peer;
  if (who == nullptr) {
    who = listener.publisher_at(where);
  }
  return who == nullptr
             ? std::nullopt
             : std::optional{passing_peer{who->id.to_string(), who->service, who->instance}};
}

std::string node_core::method_of(std::uint64_t link, std::uint64_t id) const {
  const auto where = static_cast<transport::link_id>(link);
  return hub.end_of(where).dialled ? client.method_of(id) : server.method_of(where, id);
}

}  // namespace kith::detail
