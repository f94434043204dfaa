// SPDX-License-Identifier: MPL-2.0
#include "routing/power_of_two.hpp"

namespace kith::routing {
namespace {

// docs/resilience.md, section 2.
constexpr double usual_weight = 100;
constexpr double never_answered_ns = 1e15;  // eleven days
constexpr double equal_within = 1.1;

/// One of the eligible by chance and weight, leaving out the one at `but`.
std::size_t pick(const choice_of& among, double shares, std::size_t but, random_source& random) {
  auto left = random.unit() * shares;
  std::size_t last = but;
  for (std::size_t at = 0; at < among.eligible.size(); ++at) {
    if (at == but) {
      continue;
    }
    last = at;
    left -= among.view[among.eligible[at]].share();
    if (left < 0) {
      break;
    }
  }
  return last;
}

}  // namespace

double score_of(const instance_view& one, time_point now) noexcept {
  const auto cost = one.load != nullptr ? one.load->cost(now) : 1;
  const auto waiting = one.outstanding * (usual_weight / one.share());
  if (cost == 0) {
    return one.outstanding == 0 ? 0 : never_answered_ns * (1 + waiting);
  }
  return cost * (1 + waiting);
}

std::size_t power_of_two::choose(const choice_of& among, random_source& random) {
  const auto& eligible = among.eligible;
  if (eligible.size() == 1) {
    return eligible.front();
  }
  double shares = 0;
  for (const auto index : eligible) {
    shares += among.view[index].share();
  }
  const auto one = pick(among, shares, eligible.size(), random);
  const auto other = pick(among, shares - among.view[eligible[one]].share(), one, random);
  const auto& a = among.view[eligible[one]];
  const auto& b = among.view[eligible[other]];
  const auto left = score_of(a, among.now);
  const auto right = score_of(b, among.now);
  if (left > right * equal_within) {
    return eligible[other];
  }
  if (right > left * equal_within) {
    return eligible[one];
  }
  return random.unit() * (a.share() + b.share()) < a.share() ? eligible[one] : eligible[other];
}

}  // namespace kith::routing
