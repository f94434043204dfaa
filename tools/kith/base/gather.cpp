// SPDX-License-Identifier: MPL-2.0
#include "kith/base/gather.hpp"

#include "kith/base/member_text.hpp"

namespace kith::tool {

std::vector<member_info> instances_with_database(const node& on) {
  auto members = on.members();
  std::erase_if(members, [](const member_info& m) {
    return m.service.empty() || m.database.empty() || m.state != "alive" || !is_reachable(m);
  });
  return members;
}

error in_words(error why, const std::string& service, const std::string& what) {
  if (why.what() == errc::unknown_method) {
    why.message = service + " has " + what;
    why.outcome = outcome::answered;
  }
  return why;
}

}  // namespace kith::tool
