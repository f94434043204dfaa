// SPDX-License-Identifier: MPL-2.0
#include "node/service_databases.hpp"

#include <utility>

#include "routing/database_choice.hpp"

namespace kith::detail {
namespace {

constexpr std::size_t most_services = 1024;  ///< beyond that what was chosen is forgotten

}  // namespace

void service_databases::mark(const std::string& service, std::string_view own,
                             std::vector<rpc::candidate_instance>& instances) {
  std::vector<routing::database_user> users;
  users.reserve(instances.size());
  for (const auto& one : instances) {
    users.push_back({one.peer->database, one.peer->incarnation, one.peer->weight});
  }
  if (services_.size() >= most_services && !services_.contains(service)) {
    services_.clear();
  }
  auto& kept = services_[service];
  std::string to{own.empty() ? routing::choose_database(users, kept.database) : own};
  std::size_t others = 0;
  for (auto& one : instances) {
    one.other_database = !to.empty() && !one.peer->database.empty() && one.peer->database != to;
    others += one.other_database ? 1 : 0;
  }
  const bool moved = !kept.database.empty() && !to.empty() && kept.database != to;
  const bool news = moved || (others > 0 && !kept.told);
  kept.told = others > 0;
  if (!to.empty()) {
    kept.database = std::move(to);
  }
  if (news) {
    tell(service, kept, others, instances.size());
  }
}

void service_databases::tell(const std::string& service, const chosen& now, std::size_t others,
                             std::size_t all) {
  log_.write(log_level::warning, "members",
             "calls to " + service + " go to its instances on the database " +
                 now.database.substr(0, 8) + ", not to those on another one (" +
                 std::to_string(others) + " of " + std::to_string(all) +
                 "); give all instances of " + service + " one database");
}

}  // namespace kith::detail
