// SPDX-License-Identifier: MPL-2.0
#pragma once

// kith web: the map of the domain in a browser. Options outlive the coroutine.

#include <string>

#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"

namespace kith::tool {

struct web_options {
  std::string listen = "127.0.0.1:7580";
};
task<exit_status> web(node& on, const network_options& common, const web_options& options);

/// What is wrong with them; empty: nothing.
[[nodiscard]] std::string web_usage(const web_options& options);

}  // namespace kith::tool
