// SPDX-License-Identifier: MPL-2.0
#pragma once

// How many of the latest calls failed or were slow: the latest N, or those of the latest while.
// No allocation and O(1) amortised; about 150 octets.

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include <kith/time.hpp>

#include "base/config_limits.hpp"

namespace kith::resilience {

/// A call that failed slowly counts in both.
struct call_counts {
  std::uint32_t total = 0;
  std::uint32_t failed = 0;
  std::uint32_t slow = 0;

  void add(bool call_failed, bool call_slow) noexcept;
  /// In percent of `total`; nothing when there was no call.
  [[nodiscard]] std::optional<double> failed_percent() const noexcept;
  [[nodiscard]] std::optional<double> slow_percent() const noexcept;
  friend bool operator==(const call_counts&, const call_counts&) = default;
};

/// The latest `size` calls, two bits each.
class count_window {
 public:
  static constexpr std::size_t capacity = most_window_calls;
  /// `size` from 1 to `capacity`.
  explicit count_window(std::size_t size) noexcept : size_{static_cast<std::uint16_t>(size)} {}

  void record(bool failed, bool slow) noexcept;
  [[nodiscard]] const call_counts& counts() const noexcept { return counts_; }
  void reset() noexcept;

 private:
  std::bitset<capacity> failed_;
  std::bitset<capacity> slow_;
  call_counts counts_;
  std::uint16_t size_;
  std::uint16_t next_ = 0;
};

/// The calls of the latest `length`, in buckets of a tenth of it: the present one and the nine
/// before it, so between 90 and 100 % of the length are seen.
class time_window {
 public:
  static constexpr std::size_t buckets = 10;
  static constexpr duration shortest{buckets};
  /// `length` of at least `shortest`.
  explicit time_window(duration length) noexcept : bucket_length_{length / buckets} {}

  /// `now` does not go back.
  void record(time_point now, bool failed, bool slow) noexcept;
  /// As of the latest `record` or `advance`.
  [[nodiscard]] const call_counts& counts() const noexcept { return counts_; }
  /// Forgets what is too old by now.
  void advance(time_point now) noexcept;
  void reset() noexcept;

 private:
  std::array<call_counts, buckets> buckets_{};
  call_counts counts_;
  duration bucket_length_;
  std::int64_t newest_ = 0;  ///< number of the bucket that is being filled
};

/// Either of the two.
class sliding_window {
 public:
  explicit sliding_window(count_window window) noexcept : window_{window} {}
  explicit sliding_window(time_window window) noexcept : window_{window} {}

  /// The counts with this call in them.
  const call_counts& record(time_point now, bool failed, bool slow) noexcept;
  void reset() noexcept;

 private:
  std::variant<count_window, time_window> window_;
};

}  // namespace kith::resilience
