// SPDX-License-Identifier: MPL-2.0
#include "kith/manual/command_tree.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace kith::tool {
namespace {

void collect(const CLI::App& app, const std::string& path, std::vector<listed_command>& all) {
  all.push_back({path, &app});
  for (const auto* below : app.get_subcommands(std::function<bool(const CLI::App*)>{})) {
    if (!below->get_group().empty()) {
      collect(*below, path.empty() ? below->get_name() : path + " " + below->get_name(), all);
    }
  }
}

}  // namespace

std::vector<listed_command> commands_of(const CLI::App& app) {
  std::vector<listed_command> all;
  collect(app, "", all);
  return all;
}

std::vector<const CLI::Option*> positionals_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* one) { return one->get_positional(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& command, const std::string& group) {
  return command.get_options([&](const CLI::Option* one) {
    return one->nonpositional() && !one->get_group().empty() &&
           (group.empty() || one->get_group() == group);
  });
}

std::vector<std::string> spellings_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& name : option.get_snames()) {
    names.push_back("-" + name);
  }
  for (const auto& name : option.get_lnames()) {
    names.push_back("--" + name);
  }
  return names;
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

}  // namespace kith::tool
