// SPDX-License-Identifier: MPL-2.0
#include "routing/least_outstanding.hpp"

namespace kith::routing {
namespace {

/// Negative when `a` has less to do for its weight than `b`; weights are not zero.
int compare(const instance_view& a, const instance_view& b) noexcept {
  if (a.suspect != b.suspect) {
    return a.suspect ? 1 : -1;
  }
  const auto left = std::uint64_t{a.outstanding} * b.weight;
  const auto right = std::uint64_t{b.outstanding} * a.weight;
  return left < right ? -1 : (left > right ? 1 : 0);
}

}  // namespace

std::optional<std::size_t> least_outstanding::choose(std::span<const instance_view> view,
                                                     random_source& random) {
  std::optional<std::size_t> best;
  std::uint64_t weights = 0;  // of the equals seen so far
  for (std::size_t i = 0; i < view.size(); ++i) {
    if (view[i].weight == 0) {
      continue;
    }
    const int order = best ? compare(view[i], view[*best]) : -1;
    if (order > 0) {
      continue;
    }
    weights = order < 0 ? view[i].weight : weights + view[i].weight;
    // Reservoir sampling: each equal ends chosen with its weight's share.
    if (order < 0 || random.below(weights) < view[i].weight) {
      best = i;
    }
  }
  return best;
}

}  // namespace kith::routing
