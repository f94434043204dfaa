// SPDX-License-Identifier: MPL-2.0
#pragma once

// The commands of an App as they are listed, in the order of --help.

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace kith::tool {

struct listed_command {
  std::string path;  ///< below the program: "trust sign"; empty: the program itself
  const CLI::App* app = nullptr;
};
/// The program itself first, each before those below it.
[[nodiscard]] std::vector<listed_command> commands_of(const CLI::App& app);

[[nodiscard]] std::vector<const CLI::Option*> positionals_of(const CLI::App& command);
/// Those with a name, "--help" among them; `group` alone, or all.
[[nodiscard]] std::vector<const CLI::Option*> options_of(const CLI::App& command,
                                                         const std::string& group = {});
/// "-v", "--verbose".
[[nodiscard]] std::vector<std::string> spellings_of(const CLI::Option& option);
[[nodiscard]] bool takes_value(const CLI::Option& option);

}  // namespace kith::tool
