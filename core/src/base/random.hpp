// SPDX-License-Identifier: MPL-2.0
#pragma once

// Chance, passed in: one seed replays a run. SplitMix64 (Steele, Lea, Flood: "Fast splittable
// pseudorandom number generators", OOPSLA 2014). Not for keys.

#include <cstdint>
#include <limits>

namespace kith {

class random_source {
 public:
  using result_type = std::uint64_t;

  explicit random_source(std::uint64_t seed) noexcept : state_{seed} {}

  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }

  result_type operator()() noexcept {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, bound); 0 when the bound is 0. Same numbers on every platform, unlike std's.
  std::uint64_t below(std::uint64_t bound) noexcept {
    return static_cast<std::uint64_t>((static_cast<wide>((*this)()) * bound) >> 64);
  }
  /// Uniform in [0, 1).
  double unit() noexcept { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }
  /// A generator of its own for a part, so that parts do not disturb each other's numbers.
  random_source split() noexcept { return random_source{(*this)()}; }

 private:
  __extension__ using wide = unsigned __int128;
  std::uint64_t state_;
};

}  // namespace kith
