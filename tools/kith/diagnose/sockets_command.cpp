// SPDX-License-Identifier: MPL-2.0

// kith sockets: what passes each socket of a node, from its own mouth.

#include <iostream>

#include "kith/base/colour.hpp"
#include "kith/base/failure_text.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/gather.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/member_text.hpp"
#include "kith/base/session.hpp"
#include "kith/base/table.hpp"
#include "kith/diagnose/diagnose_commands.hpp"
#include "kith/diagnose/sockets_text.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

std::vector<member_info> those_meant(const node& on, const std::string& whom) {
  auto members = on.members();
  std::erase_if(members, [&](const member_info& m) {
    return m.state != "alive" || !is_reachable(m) || (m.service != whom && !is_meant(m, whom));
  });
  return sorted_members(std::move(members), true);
}

std::map<std::string, std::string> names_on(const node& on) {
  std::map<std::string, std::string> names;
  for (const auto& m : on.members()) {
    names[m.id] = m.instance;
  }
  return names;
}

}  // namespace

task<exit_status> sockets(node& on, const network_options& common, const sockets_options& options) {
  co_await look_around(on, 400ms, common.timeout(3s));
  auto waiting = wait_until(
      on, [&] { return !those_meant(on, options.whom).empty(); }, common.timeout(3s));
  const bool found = co_await std::move(waiting);
  if (!found) {
    say_nobody(on, "no node that is called " + options.whom);
    co_return exit_status::nobody;
  }
  auto asked = ask_all(on, those_meant(on, options.whom), list_sockets, nothing{}, 2s);
  const auto answers = co_await std::move(asked);
  const auto names = names_on(on);
  node_sockets_list all;
  auto status = exit_status::ok;
  for (const auto& [from, value] : answers) {
    if (value) {
      all.nodes.push_back({from.id, from.service, from.instance, value->sockets});
    } else {
      std::cerr << "kith: " << printable(from.instance + ": " + value.error().to_string()) << "\n";
      status = status_of(value.error());
    }
  }
  if (common.json) {
    std::cout << json_of(all, true) << "\n";
  } else {
    for (const auto& one : all.nodes) {
      std::cout << sockets_text(one, names, {options.all, has_colour(), columns_of_terminal()});
    }
  }
  co_return status;
}

}  // namespace kith::tool
