// SPDX-License-Identifier: MPL-2.0
#include "sql/sqlite_database.hpp"

namespace kith::sql {
namespace {

/// What a checkpoint after a commit may wait for the write lock: that caller has its answer
/// already.
constexpr std::chrono::milliseconds checkpoint_wait{20};

}  // namespace

sqlite_database::sqlite_database(const std::string& path, const database_options& options)
    : sqlite_connection{path, options},
      busy_time_{options.busy_time},
      checkpoints_{path, options},
      plan_{options.checkpoint_pages} {}

void sqlite_database::tend() noexcept {
  if (!plan_.due(log_pages())) {
    return;
  }
  try {
    allow_waiting(checkpoint_wait);
    if (!checkpoints_.run(*this).busy) {
      plan_.attempted();
    }
  } catch (const failure&) {
    // The commit before it stands. What keeps the checkpoint from working will fail a transaction
    // soon, where someone listens.
    plan_.attempted();
  }
}

checkpoint_report sqlite_database::checkpoint() {
  allow_waiting(busy_time_);
  return checkpoints_.run(*this);
}

}  // namespace kith::sql
