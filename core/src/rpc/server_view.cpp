// SPDX-License-Identifier: MPL-2.0

// What others may see of the server: what it offers, and what is in progress.

#include "rpc/server.hpp"

namespace kith::rpc {

std::vector<offered> server::offers() const {
  std::vector<offered> list;
  for (const auto& [name, row] : methods_) {
    if (!row.reserved) {
      list.push_back({name, row.method.schema.fingerprint});
    }
  }
  return list;
}

std::vector<method_schema> server::schemas() const {
  std::vector<method_schema> list;
  for (const auto& [name, row] : methods_) {
    list.push_back(row.method.schema);
  }
  return list;
}

std::string server::method_of(peers::session_id from, std::uint64_t id) const {
  const key at{from, id};
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
