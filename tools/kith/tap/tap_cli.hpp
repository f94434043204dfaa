// SPDX-License-Identifier: MPL-2.0
#pragma once

// The commands that show what passes on the command line: tap, trace, record, replay and diff.

#include <functional>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"
#include "kith/tap/tap_commands.hpp"

namespace CLI {
class App;
}

namespace kith::tool {

struct passage_options {
  tap_command_options tap;
  tap_command_options record;
  trace_options trace;
  replay_options replay;
  diff_options diff;
};

/// `add_common` adds the flags that all commands have.
void add_tap_commands(CLI::App& to, passage_options& options,
                      const std::function<void(CLI::App&)>& add_common);

/// What was chosen of them, if it was one of them. It runs a node, if it needs one.
[[nodiscard]] std::function<exit_status()> tap_command(const CLI::App& app,
                                                       const network_options& common,
                                                       const passage_options& options);

/// What is wrong with the arguments; empty: nothing.
[[nodiscard]] std::string tap_usage(const CLI::App& app, const passage_options& options);

}  // namespace kith::tool
