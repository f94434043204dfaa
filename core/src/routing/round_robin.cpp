// SPDX-License-Identifier: MPL-2.0
#include "routing/round_robin.hpp"

namespace kith::routing {

std::size_t round_robin::choose(const choice_of& among, random_source& /*random*/) {
  if (credit_.size() > most_remembered) {
    credit_.clear();  // of those who are long gone
  }
  double shares = 0;
  std::size_t best = among.eligible.front();
  double* most = nullptr;
  for (const auto index : among.eligible) {
    const auto& one = among.view[index];
    auto& credit = credit_[one.id];
    credit += one.share();
    shares += one.share();
    if (most == nullptr || credit > *most) {
      most = &credit;
      best = index;
    }
  }
  *most -= shares;
  return best;
}

}  // namespace kith::routing
