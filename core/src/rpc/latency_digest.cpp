// SPDX-License-Identifier: MPL-2.0
#include "rpc/latency_digest.hpp"

#include <algorithm>
#include <bit>

namespace kith::rpc {

/// The first octave is one to two microseconds, linear in its eighths, and so on.
std::size_t latency_digest::bucket_of(duration took) noexcept {
  const auto eighths = static_cast<std::uint64_t>(
      std::clamp<duration::rep>(took.count() / 125, per_octave, duration::rep{1} << 38));
  const auto octave = static_cast<std::size_t>(std::bit_width(eighths)) - 4;
  const auto linear = static_cast<std::size_t>(eighths >> octave) - per_octave;
  return std::min(octave, octaves - 1) * per_octave + linear;
}

duration latency_digest::upper_end_of(std::size_t bucket) noexcept {
  const auto octave = bucket / per_octave;
  const auto eighths = (per_octave + bucket % per_octave + 1) << octave;
  return duration{static_cast<duration::rep>(eighths * 125)};
}

void latency_digest::add(duration took) noexcept {
  ++counts_[bucket_of(took)];
  ++total_;
  if (++added_ >= (p95_ ? renewed_every : enough)) {
    renew();
  }
}

void latency_digest::renew() noexcept {
  added_ = 0;
  const auto beyond = total_ / 20;
  std::uint32_t above = 0;
  std::size_t at = counts_.size();
  while (at > 0 && above + counts_[at - 1] <= beyond) {
    above += counts_[--at];
  }
  p95_ = upper_end_of(at == 0 ? 0 : at - 1);
  if (total_ >= most) {
    total_ = 0;
    for (auto& count : counts_) {
      count = static_cast<std::uint16_t>(count / 2);
      total_ += count;
    }
  }
}

}  // namespace kith::rpc
