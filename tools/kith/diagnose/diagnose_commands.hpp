// SPDX-License-Identifier: MPL-2.0
#pragma once

// The commands that find out what is wrong where nodes do not meet.

#include <chrono>
#include <string>
#include <vector>

#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"

namespace kith::tool {

struct doctor_options {
  std::vector<std::string> endpoints;  ///< that must be reached, too
  std::string listen;                  ///< as a node that listens there
  double for_s = 2.2;                  ///< beacons are waited for
  std::chrono::sys_time<std::chrono::microseconds> now;
};
/// It has the network's flags of other commands, and runs no node.
exit_status doctor(const network_options& common, const doctor_options& options);

struct sockets_options {
  std::string whom;  ///< a service, an instance, or digits of an id
  bool all = false;  ///< each connection of an inbox, too
};
task<exit_status> sockets(node& on, const network_options& common, const sockets_options& options);

}  // namespace kith::tool
