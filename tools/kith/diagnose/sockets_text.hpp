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

struct sockets_style {
  bool all = false;  ///< each connection of an inbox has a row, and who has been gone for long
  bool colour = false;
  std::size_t width = 0;  ///< of the terminal, in columns; 0: there is room
};

/// A heading, a row for each socket, and below them what was dropped and how connections ended.
/// `names`: instances by id.
[[nodiscard]] std::string sockets_text(const node_sockets& of,
                                       const std::map<std::string, std::string>& names,
                                       const sockets_style& style);

}  // namespace kith::tool
