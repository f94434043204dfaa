// SPDX-License-Identifier: MPL-2.0
#pragma once

// The tail of a method's latencies, to know when a call is late. Log-linear buckets, eight to an
// octave (12 % wide), from a microsecond to an hour; what is old is halved away.

#include <array>
#include <cstdint>
#include <optional>

#include <kith/time.hpp>

namespace kith::rpc {

class latency_digest {
 public:
  static constexpr std::uint32_t enough = 100;  ///< samples, before anything is said

  void add(duration took) noexcept;
  /// Nineteen of twenty calls took no longer; nullopt while too few are known.
  [[nodiscard]] std::optional<duration> p95() const noexcept { return p95_; }

 private:
  static constexpr std::size_t octaves = 32;
  static constexpr std::size_t per_octave = 8;
  static constexpr std::uint32_t renewed_every = 128;
  static constexpr std::uint32_t most = 8192;

  static std::size_t bucket_of(duration took) noexcept;
  static duration upper_end_of(std::size_t bucket) noexcept;
  void renew() noexcept;

  std::array<std::uint16_t, octaves * per_octave> counts_{};
  std::uint32_t total_ = 0;
  std::uint32_t added_ = 0;  ///< since p95_ was made
  std::optional<duration> p95_;
};

}  // namespace kith::rpc
