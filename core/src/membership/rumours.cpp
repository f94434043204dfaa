// SPDX-License-Identifier: MPL-2.0
#include "membership/rumours.hpp"

#include <algorithm>
#include <cmath>

namespace kith::membership {

void rumours::put(const update& news) {
  waiting_.insert_or_assign(news.id, rumour{news, 0});
}

void rumours::forget(const node_id& of) {
  waiting_.erase(of);
}

std::vector<update> rumours::take(std::size_t most, std::size_t members) {
  std::vector<rumour*> next;
  for (auto& [id, one] : waiting_) {
    next.push_back(&one);
  }
  std::stable_sort(next.begin(), next.end(),
                   [](const rumour* a, const rumour* b) { return a->told < b->told; });
  next.resize(std::min(next.size(), most));
  std::vector<update> taken;
  for (auto* const one : next) {
    ++one->told;
    taken.push_back(one->news);
  }
  std::erase_if(waiting_, [enough = tellings(members)](const auto& row) {
    return row.second.told >= enough;
  });
  return taken;
}

std::vector<update> rumours::look(std::size_t most) const {
  std::vector<update> seen;
  for (auto at = waiting_.begin(); at != waiting_.end() && seen.size() < most; ++at) {
    seen.push_back(at->second.news);
  }
  return seen;
}

std::size_t rumours::tellings(std::size_t members) noexcept {
  return 4 * static_cast<std::size_t>(std::ceil(std::log10(static_cast<double>(members) + 1.0)));
}

}  // namespace kith::membership
