// SPDX-License-Identifier: MPL-2.0
#pragma once

// What all commands share: the flags of the network, and one node that lives as long as the
// command.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"

namespace kith::tool {

struct common_options {
  std::string domain;
  std::string beacon_port;
  std::string beacon_group;
  std::vector<std::string> seeds;
  bool insecure_lan = false;
  std::string trust;
  std::string as;
  std::optional<double> timeout_s;  ///< how long to look for whom is asked for
  bool json = false;
  bool verbose = false;

  [[nodiscard]] duration timeout(duration otherwise) const;
};

/// The settings of the command's node: flags over KITH_* over KITH_CONFIG. Ends the process with
/// status 2 when one is wrong.
config settings_of(const common_options& options);

/// Runs `command` on a node, to its end or until Ctrl-C. What it throws is said on standard error.
/// `prepare` is for what must be said before the node starts.
exit_status run_on(config settings, std::function<task<exit_status>(node&)> command,
                   const std::function<void(node&)>& prepare = {});

/// Looks again every few milliseconds; whether it became true in time.
task<bool> wait_until(node& on, std::function<bool()> done, duration limit);

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

/// True when colours make sense there: a terminal that has them, whose user did not say NO_COLOR.
bool has_colour(int descriptor = 1);

/// Value as JSON; indented when `pretty`.
template <class T>
std::string json_of(const T& value, bool pretty) {
  return msgpack_to_json(encode(value), pretty ? 2 : -1).value();
}

}  // namespace kith::tool
