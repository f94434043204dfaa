// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <chrono>
#include <string>

#include "sql/sqlite_checkpoint.hpp"
#include "sql/sqlite_connection.hpp"

namespace kith::sql {

/// What a `database` works on: a connection that also keeps its write-ahead log short.
class sqlite_database final : public sqlite_connection {
 public:
  sqlite_database(const std::string& path, const database_options& options);

  void tend() noexcept override;
  checkpoint_report checkpoint() override;

 private:
  std::chrono::milliseconds busy_time_;
  checkpointer checkpoints_;
  checkpoint_plan plan_;
};

}  // namespace kith::sql
