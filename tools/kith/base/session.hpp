// SPDX-License-Identifier: MPL-2.0
#pragma once

// One node that lives as long as the command.

#include <functional>

#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"

namespace kith::tool {

/// Runs `command` on a node, to its end or until Ctrl-C. What it throws is said on standard error.
/// `prepare` is for what must be said before the node starts.
exit_status run_on(config settings, std::function<task<exit_status>(node&)> command,
                   const std::function<void(node&)>& prepare = {});

/// Looks again every few milliseconds; whether it became true in time.
task<bool> wait_until(node& on, std::function<bool()> done, duration limit);

}  // namespace kith::tool
