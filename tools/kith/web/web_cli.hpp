// SPDX-License-Identifier: MPL-2.0
#pragma once

// `kith web` on the command line.

#include <functional>

#include "kith/web/web_command.hpp"

namespace CLI {
class App;
}

namespace kith::tool {

/// `add_common` adds the flags that all commands have.
void add_web_command(CLI::App& to, web_options& options,
                     const std::function<void(CLI::App&)>& add_common);

}  // namespace kith::tool
