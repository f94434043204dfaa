// SPDX-License-Identifier: MPL-2.0
#pragma once

// Multicast over plain UDP sockets (libzmq's udp:// aborts on one odd octet).
//
// Design notes
// - One socket per interface, bound to the group, sending with that interface's own address: who
//   hears it sees an address under which the sender can be reached *there*.
// - IP_MULTICAST_ALL is off, or every socket would hear what any process on the host joined.
// - IPv6 is probed by asking for a route: on Linux `lo` has none for multicast.
// - Cards come and go: a cable, DHCP, an IPv6 address that is not confirmed yet. Every two seconds
//   new ones are joined; on loopback nothing changes.
// - Reading has a budget for each turn. What comes faster waits in the kernel's buffer, which is
//   small and drops the rest.

#include <memory>

#include "transport/transport.hpp"
#include "transport/zmq/zmq_scope.hpp"

namespace kith::transport {

/// io_error when no interface can be used at all.
result<std::unique_ptr<datagram_port>> open_udp_datagrams(std::shared_ptr<zmq_scope> scope,
                                                          const datagram_options& options,
                                                          datagram_handler handler);

}  // namespace kith::transport
