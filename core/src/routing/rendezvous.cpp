// SPDX-License-Identifier: MPL-2.0
#include "routing/rendezvous.hpp"

#include <cmath>

#include "base/fnv.hpp"

namespace kith::routing {
namespace {

/// FNV-1a, then mixed so that each bit of the text changes each of the result.
std::uint64_t hash_of(std::string_view text, std::uint64_t start = fnv1a::usual_start) noexcept {
  fnv1a sum{start};
  sum.add(text);
  return random_source{sum.value()}();
}

/// Uniform in (0, 1).
double unit_of(std::uint64_t hash) noexcept {
  return (static_cast<double>(hash >> 11) + 0.5) * 0x1.0p-53;
}

}  // namespace

std::size_t choose_by_key(const choice_of& among) noexcept {
  const auto key = hash_of(among.key);
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
