// SPDX-License-Identifier: MPL-2.0
#include "routing/eligible.hpp"

#include <algorithm>

namespace kith::routing {
namespace {

bool takes_calls(const instance_view& one) noexcept {
  return one.weight != 0 && !one.other_database;
}

constexpr double overprovisioned = 1.4;

struct tally {
  std::size_t all = 0;
  std::size_t usable = 0;

  void count(bool is_usable) noexcept {
    ++all;
    usable += is_usable ? 1 : 0;
  }
};

bool is_enough(const tally& zone) noexcept {
  return zone.usable > 0 &&
         static_cast<double>(zone.usable) * overprovisioned >= static_cast<double>(zone.all);
}

}  // namespace

eligibility narrow(std::span<const instance_view> view, std::string_view own_zone,
                   std::vector<std::uint32_t>& into) {
  eligibility made;
  made.suspects = std::none_of(view.begin(), view.end(), [](const instance_view& one) {
    return takes_calls(one) && !one.suspect;
  });
  const auto is_candidate = [&made](const instance_view& one) {
    return takes_calls(one) && one.suspect == made.suspects;
  };
  tally everybody;
  tally zone;
  for (const auto& one : view) {
    if (takes_calls(one)) {
      const bool usable = is_candidate(one) && !one.ejected && !one.barred;
      everybody.count(usable);
      if (!own_zone.empty() && one.zone == own_zone) {
        zone.count(usable);
      }
    }
  }
  made.own_zone = is_enough(zone);
  made.panic = !made.own_zone && 2 * everybody.usable < everybody.all;
  into.clear();
  for (std::uint32_t i = 0; i < view.size(); ++i) {
    const auto& one = view[i];
    if (!is_candidate(one) || (one.ejected && !made.panic) ||
        (made.own_zone && one.zone != own_zone)) {
      continue;
    }
    if (one.barred) {
      made.barred = true;
    } else {
      into.push_back(i);
    }
  }
  return made;
}

}  // namespace kith::routing
