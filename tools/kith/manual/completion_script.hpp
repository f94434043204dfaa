// SPDX-License-Identifier: MPL-2.0
#pragma once

// Completion for bash, from what --help is made of.

#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace kith::tool {

/// To be sourced. Commands and options are in it; for services, instances and methods it asks
/// `kith ls` and `kith describe` when they are wanted.
[[nodiscard]] std::string bash_completion(const CLI::App& app);

}  // namespace kith::tool
