// SPDX-License-Identifier: MPL-2.0
#pragma once

// A file that comes to be, or takes another's place, at once: whoever reads it sees the one or the
// other, whole, also after a crash.

#include <cstdint>
#include <string>
#include <string_view>

#include <kith/errors.hpp>

namespace kith {

/// Keeps others who claim it from changing a directory at the same time (flock).
class directory_claim {
 public:
  explicit directory_claim(const std::string& path);
  directory_claim(const directory_claim&) = delete;
  directory_claim& operator=(const directory_claim&) = delete;
  ~directory_claim();

  /// False when somebody else has it, or there is no such directory.
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  int fd_;
  bool held_;
};

enum class file_right : std::uint8_t { secret, open };  ///< mode 0600, or 0644
enum class file_write : std::uint8_t { make, replace };

/// On the disk when it is done. already_exists: `make` writes over nothing. io_error. Both without
/// the path. To replace takes a claim where others do that, too.
result<void> write_at_once(const std::string& path, std::string_view text, file_right right,
                           file_write how);

}  // namespace kith
