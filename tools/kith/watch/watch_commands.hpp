// SPDX-License-Identifier: MPL-2.0
#pragma once

// The commands that watch running nodes. Options are read by watch_cli.cpp and outlive the
// coroutine.

#include <string>
#include <vector>

#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"

namespace kith::tool {

struct top_options {
  double interval_s = 2.0;
  bool once = false;  ///< print two tables and end
};
task<exit_status> top(node& on, const network_options& common, const top_options& options);

struct log_level_options {
  std::string whom;   ///< a service or an instance; empty: everybody; or the level, when that is
  std::string level;  ///< empty
};
/// What is wrong with the words together; empty: nothing.
[[nodiscard]] std::string log_level_usage(const log_level_options& options);
task<exit_status> log_level_of_nodes(node& on, const network_options& common,
                                     const log_level_options& options);

}  // namespace kith::tool
