// SPDX-License-Identifier: MPL-2.0
#pragma once

// Moves the write-ahead log of one file into its database, without the race of older SQLites.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <kith/database.hpp>

#include "sql/sqlite_connection.hpp"

namespace kith::sql {

/// When a commit should be followed by a checkpoint: each time the log has grown by `step` pages
/// since the last attempt, and again from the start once a writer has begun the log anew.
class checkpoint_plan {
 public:
  explicit checkpoint_plan(std::uint32_t step) noexcept : step_{step}, due_at_{step} {}

  [[nodiscard]] bool due(std::uint64_t log_pages) noexcept {
    if (log_pages < seen_) {
      due_at_ = step_;
    }
    seen_ = log_pages;
    return step_ != 0 && log_pages >= due_at_;
  }
  void attempted() noexcept { due_at_ = seen_ + step_; }

 private:
  std::uint64_t step_;
  std::uint64_t due_at_;
  std::uint64_t seen_ = 0;
};

class checkpointer {
 public:
  /// Opens its connection with the first run. `options` are those of the database.
  checkpointer(std::string path, const database_options& options);

  /// `writer` must be outside a transaction; its own busy budget bounds the wait.
  checkpoint_report run(sqlite_connection& writer);

 private:
  std::string path_;
  database_options options_;
  std::unique_ptr<sqlite_connection> second_;
};

}  // namespace kith::sql
