// SPDX-License-Identifier: MPL-2.0
#pragma once

// Credit-based flow control of one stream, at both ends. Pure.
//
// Design notes
// - The reader's window is split in three: items that may still come (`open`), items that wait for
//   the application (`held`), and room that is free and not granted again (`owed`). Their sum is
//   the window, always.
// - Room is granted again when half of the window is owed: one credit for many items. What the
//   application has not taken is never granted, so a slow reader stops its writer.

#include <algorithm>
#include <cstdint>
#include <limits>

namespace kith::rpc {

inline constexpr std::uint32_t max_window = 65'536;

/// At the writer.
class send_credit {
 public:
  explicit send_credit(std::uint32_t window) noexcept : left_{window} {}

  [[nodiscard]] std::uint32_t left() const noexcept { return left_; }
  /// One item goes; there is some left.
  void spend() noexcept { --left_; }
  /// More than the counter holds counts as much.
  void grant(std::uint32_t count) noexcept {
    left_ += std::min(count, std::numeric_limits<std::uint32_t>::max() - left_);
  }

 private:
  std::uint32_t left_;
};

/// At the reader.
class receive_window {
 public:
  explicit receive_window(std::uint32_t size) noexcept
      : size_{std::clamp(size, 1U, max_window)}, open_{size_} {}

  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint32_t held() const noexcept { return size_ - open_ - owed_; }

  /// An item came. False: it had no credit, and nothing has changed.
  [[nodiscard]] bool receive() noexcept {
    if (open_ == 0) {
      return false;
    }
    --open_;
    return true;
  }
  /// The application took one that was held.
  void consume() noexcept { ++owed_; }
  /// How much to grant now; 0: not yet.
  [[nodiscard]] std::uint32_t due() const noexcept { return 2 * owed_ >= size_ ? owed_ : 0; }
  /// It was: the credit is on its way.
  void granted() noexcept {
    open_ += owed_;
    owed_ = 0;
  }

 private:
  std::uint32_t size_;
  std::uint32_t open_;
  std::uint32_t owed_ = 0;
};

}  // namespace kith::rpc
