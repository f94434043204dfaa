// SPDX-License-Identifier: MPL-2.0
#include "node/service_databases.hpp"

#include <algorithm>
#include <utility>

namespace kith::detail {
namespace {

constexpr std::size_t most_services = 1024;  ///< beyond that what was chosen is forgotten

std::uint64_t oldest_of(std::span<const routing::database_user> voters) {
  auto oldest = UINT64_MAX;
  for (const auto& one : voters) {
    if (!one.database.empty() && one.weight != 0) {
      oldest = std::min(oldest, one.incarnation);
    }
  }
  return oldest;
}

}  // namespace

void service_databases::mark(const std::string& service, std::string_view own,
                             std::span<const routing::database_user> voters,
                             std::vector<rpc::candidate_instance>& instances) {
  if (services_.size() >= most_services && !services_.contains(service)) {
    services_.clear();
  }
  auto& kept = services_[service];
  // Who is older than all met so far was there when the one before was chosen without it.
  const auto oldest = oldest_of(voters);
  const bool was_incomplete = oldest < kept.oldest_met;
  kept.oldest_met = std::min(kept.oldest_met, oldest);
  const auto before = was_incomplete ? std::string_view{} : std::string_view{kept.database};
  std::string to{own.empty() ? routing::choose_database(voters, before) : own};
  const auto is_other = [&to](std::string_view database) {
    return !to.empty() && !database.empty() && database != to;
  };
  for (auto& one : instances) {
    one.other_database = is_other(one.peer->database);
  }
  const auto others = static_cast<std::size_t>(std::count_if(
      voters.begin(), voters.end(), [&](const auto& one) { return is_other(one.database); }));
  const bool moved = !kept.database.empty() && !to.empty() && kept.database != to;
  const bool news = moved || (others > 0 && !kept.told);
  kept.told = others > 0;
  if (!to.empty()) {
    kept.database = std::move(to);
  }
  if (news) {
    tell(service, kept, others, voters.size());
  }
}

void service_databases::tell(const std::string& service, const chosen& now, std::size_t others,
                             std::size_t all) {
  if (others == 0) {
    log_.write(log_level::info, "members",
               "calls to " + service + " go to the database " + now.database.substr(0, 8) + " now");
    return;
  }
  log_.write(log_level::warning, "members",
             "calls to " + service + " go to its instances on the database " +
                 now.database.substr(0, 8) + ", not to those on another one (" +
                 std::to_string(others) + " of " + std::to_string(all) +
                 "); give all instances of " + service + " one database");
}

}  // namespace kith::detail
