// SPDX-License-Identifier: MPL-2.0
#pragma once

// The sockets of one group on one interface, before any loop: pure system calls.

#include <string>
#include <vector>

#include <sys/socket.h>
#include <kith/errors.hpp>

#include "transport/transport.hpp"

namespace kith::transport {

struct network_interface {
  std::string name;
  unsigned index = 0;
  int family = 0;  ///< AF_INET or AF_INET6
  sockaddr_storage address{};
  bool loopback = false;
};

struct multicast_socket {
  int fd = -1;
  std::string interface;
  sockaddr_storage group{};
  socklen_t group_size = 0;
};

/// Interfaces that are up, one entry for each family; only `lo` when `loopback_only`.
std::vector<network_interface> usable_interfaces(bool loopback_only);

/// Non-blocking, joined to the group on that interface.
result<multicast_socket> join_group(const network_interface& on, const datagram_options& options);

/// The numeric address, with its zone when it is link-local.
datagram_source source_of(const sockaddr_storage& from, socklen_t size);

}  // namespace kith::transport
