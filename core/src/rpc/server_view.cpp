// SPDX-License-Identifier: MPL-2.0

// What others may see of the server: what is in progress.

#include "rpc/server.hpp"

namespace kith::rpc {

std::string server::method_of(peers::session_id from, std::uint64_t id) const {
  const call_key at{from, id};
  if (const auto found = running_.find(at); found != running_.end()) {
    return found->second->which->method.schema.name;
  }
  for (const auto* waiting : {&waiting_, &following_}) {
    if (const auto found = waiting->find(at); found != waiting->end()) {
      return found->second.which->method.schema.name;
    }
  }
  return {};
}

}  // namespace kith::rpc
