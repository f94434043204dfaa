// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who is there: the picture of the members, and whom of them a command means.

#include <optional>
#include <string>
#include <vector>

#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"

namespace kith::tool {

/// Waits until somebody is there and the picture of the members has stood still: at least and at
/// most so long.
task<void> look_around(node& on, duration at_least, duration at_most);

/// The greeted instances of a service; of all of them those that `wanted` means, when it is given.
std::vector<member_info> instances_of(const node& on, const std::string& service,
                                      const std::string& wanted = {});

struct found_instance {
  exit_status status = exit_status::ok;  ///< else the reason is on standard error already
  std::optional<node_id> id;             ///< nothing: any of them
};
/// Waits for an instance of the service, or for the one that `wanted` means.
task<found_instance> find_instance(node& on, std::string service, std::string wanted,
                                   duration limit);

/// Says on standard error that nobody was found, and what to look at.
void say_nobody(const node& on, const std::string& what);

}  // namespace kith::tool
