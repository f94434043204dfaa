// SPDX-License-Identifier: MPL-2.0
#include "sql/sqlite_checkpoint.hpp"

// Design notes
//
// In SQLite before 3.51.3 a checkpoint that runs while another connection writes can lose commits:
// the writer finds the log wholly moved and begins it anew, while the checkpoint still believes in
// the old one (https://sqlite.org/wal.html, "The WAL-reset bug"). Only a writer begins a log anew,
// and only one writer can hold the write lock. So: no connection of ours ever checkpoints by itself
// (wal_autocheckpoint=0), and whoever does it holds BEGIN IMMEDIATE on one connection while another
// runs the checkpoint. The lock lies in the file, so this holds among processes too.
//
// PASSIVE, because the other modes want the write lock for themselves. The one checkpoint left to
// SQLite is that of the last connection to close: it locks the whole file first, alone by
// definition.

namespace kith::sql {
namespace {

class write_lock {
 public:
  explicit write_lock(sqlite_connection& holder) : holder_{&holder} { holder.begin(true); }
  write_lock(const write_lock&) = delete;
  write_lock& operator=(const write_lock&) = delete;
  ~write_lock() { holder_->rollback(); }

 private:
  sqlite_connection* holder_;
};

}  // namespace

checkpointer::checkpointer(std::string path, const database_options& options)
    : path_{std::move(path)}, options_{options} {}

checkpoint_report checkpointer::run(sqlite_connection& writer) {
  if (writer.in_memory() || options_.read_only) {
    return {};
  }
  if (second_ == nullptr) {
    second_ = std::make_unique<sqlite_connection>(path_, options_);
  }
  try {
    const write_lock lock{writer};
    return second_->checkpoint_passive();
  } catch (const failure& reason) {
    if (reason.what_code() == errc::database_busy) {
      return {.busy = true};
    }
    throw;
  }
}

}  // namespace kith::sql
