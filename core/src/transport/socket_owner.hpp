// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who holds an address that is in use: /proc/net/tcp names the socket, /proc/*/fd its process.
// Best effort: another user's process cannot be seen into.

#include <cstdint>
#include <string>

namespace kith::transport {

/// "pid 812 (order)", or empty when nobody listens there or it cannot be told who.
std::string owner_of_port(std::uint16_t port);
/// "pid 812 (order)" as far as the process still exists.
std::string describe_process(int pid);

}  // namespace kith::transport
