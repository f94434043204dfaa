// SPDX-License-Identifier: MPL-2.0
#include "base/service_database.hpp"

#include <chrono>
#include <string>

namespace services {
namespace {

using namespace std::chrono_literals;

constexpr auto tend_interval = 500ms;
constexpr std::uint64_t log_pages_to_tend = 500;  ///< 2 MB
/// Beyond that a commit does it at once: the disk is slower than we thought.
constexpr std::uint32_t log_pages_at_most = 4000;

}  // namespace

kith::database open_database(const kith::config& settings,
                             std::span<const std::string_view> migrations) {
  const auto url = settings.database.empty() ? settings.service + ".db" : settings.database;
  try {
    auto database = kith::database::open(url, {.checkpoint_pages = log_pages_at_most});
    database.migrate(settings.service, migrations);
    return database;
  } catch (const kith::failure& why) {
    auto reason = why.reason();
    reason.message += "; --database PATH puts it elsewhere, the same place for all instances of " +
                      settings.service;
    throw kith::failure{std::move(reason)};
  }
}

kith::task<void> tend(kith::node& node, kith::database& database) {
  for (;;) {
    co_await node.sleep(tend_interval);
    try {
      auto checkpoint = node.blocking([&database] {
        if (database.log_pages() >= log_pages_to_tend) {
          database.checkpoint();
        }
      });
      co_await checkpoint;
    } catch (const kith::failure& why) {
      if (why.what_code() == kith::errc::cancelled) {
        throw;
      }
      node.warn("checkpoint: " + why.reason().message);
    }
  }
}

}  // namespace services
