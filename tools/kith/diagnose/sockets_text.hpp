// SPDX-License-Identifier: MPL-2.0
#pragma once

// Sockets as kith sockets shows them.

#include <map>
#include <string>
#include <vector>

#include <kith/introspection.hpp>

namespace kith::tool {

/// One node and its sockets.
struct node_sockets {
  std::string id;
  std::string service;
  std::string instance;
  std::vector<socket_info> sockets;
};
KITH_DESCRIBE(node_sockets, id, service, instance, sockets)

struct node_sockets_list {
  std::vector<node_sockets> nodes;
};
KITH_DESCRIBE(node_sockets_list, nodes)

/// A heading, a row for each socket, and below them what was dropped and how connections ended.
/// `names`: instances by id. `all`: each connection of an inbox has a row.
[[nodiscard]] std::string sockets_text(const node_sockets& of,
                                       const std::map<std::string, std::string>& names, bool all,
                                       bool colour);

}  // namespace kith::tool
