// SPDX-License-Identifier: MPL-2.0
#pragma once

// Files of the trust directory: whole or not there, on the disk when it is said so, and secrets
// for their owner only.

#include <cstdint>
#include <string>
#include <string_view>

#include <kith/errors.hpp>

#include "security/secret.hpp"

namespace kith::tool {

enum class file_right : std::uint8_t { secret, open };  ///< mode 0600, or 0644
enum class file_write : std::uint8_t { make, replace };

/// io_error, or already_exists: `make` never writes over anything.
result<void> write_file(const std::string& path, std::string_view text, file_right right,
                        file_write how);

/// At most 64 KiB. not_found, io_error, or too_large; permission_denied when `right` is `secret`
/// and others may read it.
result<security::secret> read_file(const std::string& path, file_right right);

/// Makes the directory and those above it, mode 0700, where they are missing. permission_denied
/// when others may write to it.
result<void> make_directory(const std::string& path);

/// Keeps other kith trust commands from changing the directory while they would not see each other.
class directory_lock {
 public:
  explicit directory_lock(const std::string& path);
  directory_lock(const directory_lock&) = delete;
  directory_lock& operator=(const directory_lock&) = delete;
  ~directory_lock();

  /// False when another has it, or there is no such directory.
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  int fd_;
  bool held_;
};

[[nodiscard]] bool is_there(const std::string& path) noexcept;

}  // namespace kith::tool
