// SPDX-License-Identifier: MPL-2.0

// kith log-level: shows which lines nodes log, and changes it while they run.

#include <array>
#include <iostream>

#include "kith/base/colour.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/gather.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/lost_members.hpp"
#include "kith/base/member_text.hpp"
#include "kith/base/table.hpp"
#include "kith/watch/watch_commands.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr duration level_limit = 2s;

/// One instance and what it logs.
struct level_row {
  std::string service;
  std::string instance;
  std::string level;
  std::string before;
};
KITH_DESCRIBE(level_row, service, instance, level, before)

struct level_report {
  std::vector<level_row> nodes;
};
KITH_DESCRIBE(level_report, nodes)

bool is_level(const std::string& word) {
  constexpr std::array levels{"debug", "info", "warning", "error"};
  return std::find(levels.begin(), levels.end(), word) != levels.end();
}

std::optional<std::string> level_in(const log_level_options& options) {
  return !options.level.empty()   ? std::optional{options.level}
         : is_level(options.whom) ? std::optional{options.whom}
                                  : std::nullopt;
}

std::string whom_in(const log_level_options& options) {
  return options.level.empty() && is_level(options.whom) ? std::string{} : options.whom;
}

std::vector<member_info> meant_by(std::vector<member_info> members, const std::string& whom) {
  std::erase_if(members, [&](const member_info& m) {
    return !whom.empty() && m.service != whom && !is_meant(m, whom);
  });
  return sorted_members(std::move(members), false);
}

/// Whom to ask.
std::vector<member_info> reachable(std::vector<member_info> members) {
  std::erase_if(members, [](const member_info& m) { return !is_reachable(m); });
  return members;
}

/// Says who cannot be asked; how many.
std::size_t say_lost(const std::vector<member_info>& lost) {
  std::size_t said = 0;
  for (const auto& one : lost) {
    if (!has_ended(one)) {
      std::cerr << "kith: " << lost_text(one) << "\n";
      ++said;
    }
  }
  return said;
}

/// What was before is of interest when it was changed.
std::string table_of(const level_report& report, bool changed) {
  table text{{"SERVICE", "INSTANCE", "LEVEL", changed ? "BEFORE" : ""}};
  for (const auto& row : report.nodes) {
    text.add({{row.service}, {row.instance}, {row.level}, {changed ? row.before : ""}});
  }
  return text.text(has_colour());
}

}  // namespace

std::string log_level_usage(const log_level_options& options) {
  if (!options.level.empty() && !is_level(options.level)) {
    return "\"" + printable(options.level) + "\" is no level: debug, info, warning or error";
  }
  return {};
}

task<exit_status> log_level_of_nodes(node& on, const network_options& common,
                                     const log_level_options& options) {
  co_await look_around(on, 1100ms, common.timeout(3s));
  const auto whom = whom_in(options);
  auto lost = co_await lost_members(on);
  const auto silent = say_lost(meant_by(std::move(lost), whom));
  auto members = meant_by(reachable(on.members()), whom);
  if (members.empty() && silent > 0) {
    co_return exit_status::not_done;
  }
  if (members.empty()) {
    say_nobody(on, whom.empty() ? "no node" : "no service or instance " + whom);
    co_return exit_status::nobody;
  }
  const auto level = level_in(options);
  log_level_request request{level};
  auto asked = ask_all(on, std::move(members), set_log_level, std::move(request), level_limit);
  const auto answers = co_await std::move(asked);
  level_report report;
  std::optional<error> failed;
  for (const auto& one : answers) {
    if (one.value) {
      report.nodes.push_back(
          {one.from.service, one.from.instance, one.value->level, one.value->before});
    } else {
      failed = one.value.error();
      std::cerr << "kith: " << printable(one.from.instance + ": " + failed->to_string()) << "\n";
    }
  }
  if (common.json) {
    std::cout << json_of(report, true) << "\n";
  } else if (!report.nodes.empty()) {
    std::cout << table_of(report, level.has_value());
  }
  co_return !failed ? silent > 0 ? exit_status::not_done : exit_status::ok
  : failed->outcome == outcome::outcome_unknown ? exit_status::unknown
  : failed->outcome == outcome::answered        ? exit_status::answered
                                                : exit_status::not_done;
}

}  // namespace kith::tool
