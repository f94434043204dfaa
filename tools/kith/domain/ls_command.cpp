// SPDX-License-Identifier: MPL-2.0

// kith ls: who is there. A beacon comes at least every 1.5 s, but a newcomer (this command) makes
// everybody send one within a quarter of a second: 1.1 s of looking see all of them, and a round
// trip or two. Who greets no newcomer is known to the others.

#include <algorithm>
#include <iostream>
#include <utility>

#include "kith/base/colour.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/lost_members.hpp"
#include "kith/base/member_text.hpp"
#include "kith/domain/domain_commands.hpp"

namespace kith::tool {

using namespace std::chrono_literals;

namespace {

/// Ours, and those that only others know, but for those whose process has ended.
std::vector<member_info> with_lost(std::vector<member_info> members,
                                   std::vector<member_info> lost) {
  for (auto& one : lost) {
    if (!has_ended(one) && std::none_of(members.begin(), members.end(),
                                        [&](const member_info& m) { return m.id == one.id; })) {
      members.push_back(std::move(one));
    }
  }
  return members;
}

}  // namespace

task<exit_status> ls(node& on, const network_options& common, const ls_options& options) {
  const duration at_least = options.quick ? 400ms : 1100ms;
  co_await look_around(on, at_least, common.timeout(options.quick ? 1s : 3s));
  auto lost = co_await lost_members(on);
  auto members = sorted_members(with_lost(on.members(), std::move(lost)), options.all);
  if (!options.service.empty()) {
    std::erase_if(members, [&](const auto& m) { return m.service != options.service; });
  }
  if (common.json) {
    std::cout << json_of(member_list{members}, true) << "\n";
  } else if (!members.empty()) {
    std::cout << member_table(members, has_colour(), columns_of_terminal());
  }
  for (const auto& remark : remarks_on(members, on.wall_now().time_since_epoch().count())) {
    std::cerr << "kith: " << remark << "\n";
  }
  if (members.empty()) {
    say_nobody(on, options.service.empty() ? "no node" : "no instance of " + options.service);
    co_return exit_status::nobody;
  }
  co_return exit_status::ok;
}

}  // namespace kith::tool
