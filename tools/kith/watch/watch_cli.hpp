// SPDX-License-Identifier: MPL-2.0
#pragma once

// The commands that watch running nodes, and what they log, on the command line: top, log-level.

#include <functional>

#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"
#include "kith/watch/watch_commands.hpp"

namespace CLI {
class App;
}

namespace kith::tool {

struct watch_options {
  top_options top;
  log_level_options log_level;
};

/// `add_common` adds the flags that all commands have.
void add_watch_commands(CLI::App& to, watch_options& options,
                        const std::function<void(CLI::App&)>& add_common);

/// What was chosen of them, if it was one of them.
[[nodiscard]] std::function<task<exit_status>(node&)> watch_command(const CLI::App& app,
                                                                    const network_options& common,
                                                                    const watch_options& options);

/// What is wrong with the arguments together; empty: nothing.
[[nodiscard]] std::string watch_usage(const CLI::App& app, const watch_options& options);

}  // namespace kith::tool
