// SPDX-License-Identifier: MPL-2.0
#pragma once

// Lines to a descriptor whose reader must not hold up a node: what a pipe or a socket cannot take
// at once is dropped and counted, and a reader that has gone does not end the process. What can
// make it wait: somebody else who writes to the same pipe between the question whether there is
// room and the writing, and a terminal that is not read, which has room as long as it has some.

#include <cstdint>
#include <string_view>

namespace kith {

class line_writer {
 public:
  /// `fd` stays the caller's.
  explicit line_writer(int fd) noexcept : fd_{fd} {}

  /// With its newline. False: dropped, the whole or its end.
  bool write(std::string_view line);
  /// Whether a line would be taken now.
  [[nodiscard]] bool has_room() const noexcept;

  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  bool put(std::string_view part);

  int fd_;
  bool is_torn_ = false;  ///< the last line has no end
  std::uint64_t written_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace kith
