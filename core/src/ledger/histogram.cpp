// SPDX-License-Identifier: MPL-2.0
#include "ledger/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace kith::ledger {
namespace {

// Sixteenths of a microsecond: 62.5 ns.
constexpr std::uint64_t longest_span = (histogram::per_octave << histogram::octaves) - 1;

std::uint64_t sixteenths_of(duration took) noexcept {
  const auto ns = static_cast<std::uint64_t>(
      std::clamp<duration::rep>(took.count(), 0, duration::rep{1} << 52));
  return std::min(ns * 2 / 125, longest_span);
}

}  // namespace

std::size_t histogram::bucket_of(duration took) noexcept {
  const auto span = sixteenths_of(took);
  if (span < per_octave) {
    return static_cast<std::size_t>(span);
  }
  const auto octave = static_cast<std::size_t>(std::bit_width(span)) - 5;
  return per_octave * octave + static_cast<std::size_t>(span >> octave);
}

duration histogram::lower_end_of(std::size_t bucket) noexcept {
  const auto octave = bucket < 2 * per_octave ? 0 : bucket / per_octave - 1;
  const auto span = static_cast<std::uint64_t>(bucket - per_octave * octave) << octave;
  return duration{static_cast<duration::rep>((span * 125 + 1) / 2)};
}

void histogram::add(duration took, std::uint64_t times) noexcept {
  counts_[bucket_of(took)] += times;
  count_ += times;
  sum_ += std::max(took, duration{}) * static_cast<duration::rep>(times);
  longest_ = std::max(longest_, took);
}

void histogram::add_bucket(std::size_t bucket, std::uint64_t times) noexcept {
  counts_[std::min(bucket, buckets - 1)] += times;
  count_ += times;
}

histogram& histogram::operator+=(const histogram& other) noexcept {
  for (std::size_t i = 0; i < buckets; ++i) {
    counts_[i] += other.counts_[i];
  }
  count_ += other.count_;
  sum_ += other.sum_;
  longest_ = std::max(longest_, other.longest_);
  return *this;
}

histogram histogram::since(const histogram& earlier) const noexcept {
  histogram later;
  for (std::size_t i = 0; i < buckets; ++i) {
    if (counts_[i] < earlier.counts_[i]) {
      return *this;
    }
    const auto more = counts_[i] - earlier.counts_[i];
    later.add_bucket(i, more);
    if (more > 0) {
      later.longest_ = std::min(lower_end_of(i + 1), longest_);
    }
  }
  later.sum_ = std::max(sum_ - earlier.sum_, duration{});
  return later;
}

std::optional<duration> histogram::quantile(double share) const noexcept {
  if (count_ == 0) {
    return std::nullopt;
  }
  const auto wanted =
      std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(std::clamp(share, 0.0, 1.0) *
                                                                     static_cast<double>(count_))),
                                1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    seen += counts_[i];
    if (seen >= wanted) {
      const auto middle = (lower_end_of(i) + lower_end_of(i + 1)) / 2;
      return longest_ > duration{} ? std::min(middle, longest_) : middle;
    }
  }
  return longest_;
}

std::uint64_t histogram::below(std::size_t bucket) const noexcept {
  const auto end = counts_.begin() + static_cast<std::ptrdiff_t>(std::min(bucket, buckets));
  return std::accumulate(counts_.begin(), end, std::uint64_t{0});
}

std::vector<histogram::filled> histogram::filled_buckets() const {
  std::vector<filled> some;
  for (std::size_t i = 0; i < buckets; ++i) {
    if (counts_[i] > 0) {
      some.push_back({static_cast<std::uint32_t>(i), counts_[i]});
    }
  }
  return some;
}

void histogram::set_totals(duration sum, duration longest) noexcept {
  sum_ = sum;
  longest_ = longest;
}

}  // namespace kith::ledger
