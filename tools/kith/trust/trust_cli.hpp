// SPDX-License-Identifier: MPL-2.0
#pragma once

// kith trust on the command line.

#include <functional>

#include "kith/trust/trust_commands.hpp"

namespace CLI {
class App;
}

namespace kith::tool {

void add_trust_commands(CLI::App& to, trust_options& options);

/// What was chosen of them, if it was one of them.
[[nodiscard]] std::function<exit_status()> trust_command(const CLI::App& app,
                                                         trust_options& options);

}  // namespace kith::tool
