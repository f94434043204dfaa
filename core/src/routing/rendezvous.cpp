// SPDX-License-Identifier: MPL-2.0
#include "routing/rendezvous.hpp"

#include <cmath>

namespace kith::routing {
namespace {

constexpr std::uint64_t fnv_prime = 0x100000001b3ULL;

/// FNV-1a, then mixed so that each bit of the text changes each of the result.
std::uint64_t hash_of(std::string_view text, std::uint64_t begin) noexcept {
  for (const char c : text) {
    begin = (begin ^ static_cast<unsigned char>(c)) * fnv_prime;
  }
  return random_source{begin}();
}

/// Uniform in (0, 1).
double unit_of(std::uint64_t hash) noexcept {
  return (static_cast<double>(hash >> 11) + 0.5) * 0x1.0p-53;
}

}  // namespace

std::size_t choose_by_key(const choice_of& among) noexcept {
  const auto key = hash_of(among.key, 0xcbf29ce484222325ULL);
  std::size_t best = among.eligible.front();
  double highest = -1;
  for (const auto index : among.eligible) {
    const auto& one = among.view[index];
    const auto rank = one.weight / -std::log(unit_of(hash_of(one.instance, key)));
    if (rank > highest) {
      highest = rank;
      best = index;
    }
  }
  return best;
}

}  // namespace kith::routing
