// SPDX-License-Identifier: MPL-2.0
#pragma once

// The commands about durable events on the command line: lag, log and dead.

#include <functional>

#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"
#include "kith/durable/durable_commands.hpp"

namespace CLI {
class App;
}

namespace kith::tool {

struct durable_options {
  lag_options lag;
  log_ls_options log_ls;
  log_show_options log_show;
  log_forget_options log_forget;
  dead_options dead;
  bool yes = false;
};

/// `add_common` adds the flags that all commands have.
void add_durable_commands(CLI::App& to, durable_options& options,
                          const std::function<void(CLI::App&)>& add_common);

/// What was chosen of them, if it was one of them.
[[nodiscard]] std::function<task<exit_status>(node&)> durable_command(
    const CLI::App& app, const network_options& common, const durable_options& options);

/// What is wrong with the flags together; empty: nothing.
[[nodiscard]] std::string durable_usage(const CLI::App& app, const durable_options& options);

}  // namespace kith::tool
