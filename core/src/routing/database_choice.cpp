// SPDX-License-Identifier: MPL-2.0
#include "routing/database_choice.hpp"

#include <algorithm>
#include <map>

namespace kith::routing {

std::string_view choose_database(std::span<const database_user> among, std::string_view before) {
  struct standing {
    std::size_t users = 0;
    std::uint64_t oldest = UINT64_MAX;
  };
  std::map<std::string_view, standing> databases;
  for (const auto& one : among) {
    if (!one.database.empty() && one.weight != 0) {
      auto& its = databases[one.database];
      ++its.users;
      its.oldest = std::min(its.oldest, one.incarnation);
    }
  }
  const auto is_better = [before](const auto& a, const auto& b) {
    if (a.second.users != b.second.users) {
      return a.second.users > b.second.users;
    }
    if (a.first == before || b.first == before) {
      return a.first == before && b.first != before;
    }
    return a.second.oldest < b.second.oldest;
  };
  const auto best = std::min_element(databases.begin(), databases.end(), is_better);
  return best == databases.end() ? std::string_view{} : best->first;
}

}  // namespace kith::routing
