// SPDX-License-Identifier: MPL-2.0
#pragma once

// How long something took, as a log-linear histogram (HdrHistogram's idea): each octave of
// microseconds has sixteen buckets of one width, so that a quantile, given as the middle of its
// bucket, is at most 1/32 off. Below a microsecond a bucket is 62.5 ns wide; what lasts longer than
// 71 minutes counts as 71 minutes. Memory is fixed, and counting is a few nanoseconds.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <kith/time.hpp>

namespace kith::ledger {

class histogram {
 public:
  static constexpr std::size_t per_octave = 16;
  static constexpr std::size_t octaves = 32;
  static constexpr std::size_t buckets = per_octave * (octaves + 1);

  /// Which bucket a span falls into; negative ones are none at all.
  static std::size_t bucket_of(duration took) noexcept;
  /// A bucket holds what is at least its lower end, and less than that of the next.
  static duration lower_end_of(std::size_t bucket) noexcept;

  void add(duration took, std::uint64_t times = 1) noexcept;
  /// For who has the counts from elsewhere; a bucket that is none counts as the last.
  void add_bucket(std::size_t bucket, std::uint64_t times) noexcept;
  histogram& operator+=(const histogram& other) noexcept;
  /// What came since `earlier`, which was this one then. Of the longest nothing is known but the
  /// bucket. Where `earlier` has more, this one began anew since: all of it came.
  [[nodiscard]] histogram since(const histogram& earlier) const noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] duration sum() const noexcept { return sum_; }
  [[nodiscard]] duration longest() const noexcept { return longest_; }
  /// So big a share of all took no longer, 0 to 1; nullopt when there is nothing.
  [[nodiscard]] std::optional<duration> quantile(double share) const noexcept;
  /// How many took less than the lower end of that bucket.
  [[nodiscard]] std::uint64_t below(std::size_t bucket) const noexcept;

  struct filled {
    std::uint32_t bucket;
    std::uint64_t count;
  };
  /// The buckets that are not empty, in order.
  [[nodiscard]] std::vector<filled> filled_buckets() const;
  /// As another process told them.
  void set_totals(duration sum, duration longest) noexcept;

 private:
  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  duration sum_{};
  duration longest_{};
};

}  // namespace kith::ledger
