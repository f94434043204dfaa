// SPDX-License-Identifier: MPL-2.0

// kith ls: who is there. A beacon comes at least every 1.5 s, but a newcomer (this command) makes
// everybody send one within a quarter of a second: 1.1 s of looking see all of them, and a round
// trip or two.

#include <iostream>

#include "kith/commands.hpp"
#include "kith/member_text.hpp"

namespace kith::tool {

using namespace std::chrono_literals;

task<exit_status> ls(node& on, const common_options& common, const ls_options& options) {
  const duration at_least = options.quick ? 400ms : 1100ms;
  co_await look_around(on, at_least, common.timeout(options.quick ? 1s : 3s));
  auto members = sorted_members(on.members(), options.all);
  if (!options.service.empty()) {
    std::erase_if(members, [&](const auto& m) { return m.service != options.service; });
  }
  if (common.json) {
    std::cout << json_of(member_list{members}, true) << "\n";
  } else if (!members.empty()) {
    std::cout << member_table(members, has_colour());
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
