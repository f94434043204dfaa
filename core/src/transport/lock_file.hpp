// SPDX-License-Identifier: MPL-2.0
#pragma once

// A file that says "somebody lives here": locked by flock as long as its holder lives, with the
// holder's pid inside for people. The kernel lets go of the lock when the process dies, however it
// does.

#include <optional>
#include <string>
#include <utility>

#include <kith/errors.hpp>

namespace kith::transport {

class lock_file {
 public:
  /// Makes and takes it. address_in_use (the message is the holder, "pid 812 (order)", or empty)
  /// when somebody else has it, io_error when the file cannot be made.
  static result<lock_file> take(const std::string& path);
  /// Takes one that a dead process left; nullopt when it is held, or not there.
  static std::optional<lock_file> take_abandoned(const std::string& path);

  lock_file(lock_file&& other) noexcept
      : path_{std::move(other.path_)}, fd_{std::exchange(other.fd_, -1)} {}
  lock_file& operator=(lock_file&&) = delete;
  lock_file(const lock_file&) = delete;
  lock_file& operator=(const lock_file&) = delete;
  /// Removes the file: while the lock is held nobody else has one there.
  ~lock_file();

 private:
  lock_file(std::string path, int fd) : path_{std::move(path)}, fd_{fd} {}
  [[nodiscard]] bool is_still_at_its_path() const noexcept;

  std::string path_;
  int fd_;
};

}  // namespace kith::transport
