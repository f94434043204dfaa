// SPDX-License-Identifier: MPL-2.0
#include "kith/watch/watch_cli.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "kith/base/arguments.hpp"

namespace kith::tool {
namespace {

constexpr auto top_examples =
    "Examples:\n"
    "  kith top                     live; ? shows the keys, q ends it\n"
    "  kith top --once              two tables, after two rounds of asking\n"
    "  kith top --json | jq -c '.instances[] | {instance, served}'\n"
    "\n"
    "Rates and latencies (P50, P99, P99.9) are those of the last interval. With --json there is "
    "an\n"
    "object a line until Ctrl-C. It asks `kith.status`, which an operator's certificate must give.";

constexpr auto log_level_examples =
    "Examples:\n"
    "  kith log-level                    what everybody logs\n"
    "  kith log-level order debug        all instances of order log everything from now on\n"
    "  kith log-level order-1 info       one instance\n"
    "\n"
    "Levels are debug, info, warning and error. It holds until the node restarts, and the node's\n"
    "log says who asked. It calls `kith.log_level`, which an operator's certificate must give.";

}  // namespace

void add_watch_commands(CLI::App& to, watch_options& options,
                        const std::function<void(CLI::App&)>& add_common) {
  auto* const top = to.add_subcommand("top", "rates, latencies, errors and queues, live");
  top->add_option("--interval", options.top.interval_s, "between two rounds (2)")
      ->type_name("SECONDS")
      ->check(number_between(0.2, 3600));
  top->add_flag("--once", options.top.once, "print it once and end");
  add_common(*top);
  top->footer(top_examples);

  auto* const level = to.add_subcommand("log-level", "what nodes log, and change it");
  level->add_option("whom", options.log_level.whom, "a service or an instance (everybody)");
  level->add_option("level", options.log_level.level, "log what is so grave and graver");
  add_common(*level);
  level->footer(log_level_examples);
}

std::function<task<exit_status>(node&)> watch_command(const CLI::App& app,
                                                      const network_options& common,
                                                      const watch_options& options) {
  if (app.got_subcommand("top")) {
    return [&](node& on) { return top(on, common, options.top); };
  }
  if (app.got_subcommand("log-level")) {
    return [&](node& on) { return log_level_of_nodes(on, common, options.log_level); };
  }
  return {};
}

std::string watch_usage(const CLI::App& app, const watch_options& options) {
  return app.got_subcommand("log-level") ? log_level_usage(options.log_level) : std::string{};
}

}  // namespace kith::tool
