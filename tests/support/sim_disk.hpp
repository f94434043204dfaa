// SPDX-License-Identifier: MPL-2.0
#pragma once

// Disks of simulated machines, for SQLite: files in memory, and processes and machines that die.
//
//   test::sim_disk disk{seed};                 // from here on SQLite's default VFS
//   auto data = database::open(disk.path("machine", "process-1", "file.db"));
//   disk.kill_at("process-1", 7, [] { ... });  // dies in its 7th step from now
//   disk.lose_power("machine");                // who runs there dies; unsynced writes may be lost
//
// Design notes
// - A *process* is one life of a program. Its death is not told to its connections: each of their
//   calls fails from then on and changes nothing, its locks are free, its mapped memory is its own.
//   What it had written stays, as in an operating system that goes on. A name is used once.
// - A step is a call that may change something others see: a write, sync, truncation, creation,
//   deletion, a lock of the shared memory, its barrier, the end of a commit. Death comes instead of
//   the step; a write may be half done.
// - At a loss of power each write since the file's last sync survives or not, sector by sector, in
//   no order; so do changes of a file's length, and names: a file that was made or deleted since
//   the last sync of its directory. SQLite's journals sync their directory with their first sync.
// - The database beneath must not notice: this is what POSIX promises, no more. sim_disk_test.cpp
//   shows that SQLite holds with synchronous=FULL and does not with synchronous=OFF.
// - One disk at a time. One thread. All connections are closed before it goes.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <kith/function.hpp>

namespace kith::test {

/// What becomes of a commit that is reported as failed though its process lives on.
enum class commit_trouble : std::uint8_t {
  sync_fails,   ///< it is not done
  answer_lost,  ///< it is done
};

class sim_disk {
 public:
  explicit sim_disk(std::uint64_t seed);
  sim_disk(const sim_disk&) = delete;
  sim_disk& operator=(const sim_disk&) = delete;
  ~sim_disk();

  /// Names hold no '/'.
  static std::string path(std::string_view machine, std::string_view process,
                          std::string_view file);

  void kill(std::string_view process);
  /// Instead of its `step`th step from now; then calls `died`, in the midst of SQLite: it must not
  /// close anything. 0: it is spared.
  void kill_at(std::string_view process, std::uint64_t step, unique_function<void()> died);
  [[nodiscard]] bool alive(std::string_view process) const;
  [[nodiscard]] std::uint64_t steps(std::string_view process) const;
  /// All processes that have files open there die, too.
  void lose_power(std::string_view machine);

  /// The next commit of that process.
  void fail_commit(std::string_view process, commit_trouble how);
  /// Somebody else holds the write locks of all files there, or lets go of them.
  void hold_locks(std::string_view machine, bool held);
  /// No file grows there, or again.
  void fill(std::string_view machine, bool full);

  /// All files of a machine as they are now.
  class image;
  [[nodiscard]] std::shared_ptr<const image> copy(std::string_view machine) const;
  /// Puts them back. Nobody may have a file open there.
  void restore(std::string_view machine, const image& from);

  struct counts {
    std::uint64_t writes = 0;
    std::uint64_t syncs = 0;
    std::uint64_t deaths = 0;       ///< by `kill_at`
    std::uint64_t lost_writes = 0;  ///< in whole or in part, at losses of power
    std::uint64_t failed_commits = 0;
  };
  [[nodiscard]] const counts& counted() const noexcept;

  struct impl;  // the VFS's functions see it

 private:
  std::unique_ptr<impl> impl_;
};

}  // namespace kith::test
