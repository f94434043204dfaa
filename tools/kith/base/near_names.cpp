// SPDX-License-Identifier: MPL-2.0
#include "kith/base/near_names.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace kith::tool {
namespace {

/// One for five letters, and one early: two for "paymnet", an exchange.
std::size_t forgiven(std::string_view wanted) {
  return (wanted.size() + 2) / 5;
}

/// How many letters are to be changed, added or left out (Levenshtein) until `from` is some
/// beginning of `to`.
std::size_t slips_to_a_beginning_of(std::string_view to, std::string_view from) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const auto replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return *std::min_element(row.begin(), row.end());
}

}  // namespace

std::vector<std::string> near_names(std::string_view wanted, const std::set<std::string>& names,
                                    std::size_t most) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const auto& name : names) {
    const auto slips =
        name.find(wanted) != std::string::npos ? 0 : slips_to_a_beginning_of(name, wanted);
    if (!wanted.empty() && slips <= forgiven(wanted)) {
      ranked.emplace_back(slips, name);
    }
  }
  std::sort(ranked.begin(), ranked.end());
  ranked.resize(std::min(ranked.size(), most));
  std::vector<std::string> found;
  for (auto& [slips, name] : ranked) {
    found.push_back(std::move(name));
  }
  return found;
}

}  // namespace kith::tool
