// SPDX-License-Identifier: MPL-2.0
#pragma once

// A file that takes another's place at once: whoever reads it sees the one or the other, whole,
// also after a crash.

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

/// Under a claim; the file is for everybody to read (mode 0644). io_error, without the path.
result<void> replace_file(const std::string& directory, std::string_view file,
                          std::string_view text);

}  // namespace kith
