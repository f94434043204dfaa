// SPDX-License-Identifier: MPL-2.0
#pragma once

// Views to choose from, and how often each of them is chosen.

#include <chrono>
#include <numeric>
#include <string>
#include <vector>

#include "routing/balancer.hpp"

namespace kith::routing {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr time_point now{std::chrono::hours{1}};

inline peak_ewma load_of(duration took) {
  peak_ewma load;
  load.observe(took, now);
  return load;
}

/// All of them eligible.
inline std::vector<std::uint32_t> all_of(const std::vector<instance_view>& view) {
  std::vector<std::uint32_t> all(view.size());
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

/// `count` instances "a", "b", ... with ids of their own.
inline std::vector<instance_view> instances(std::size_t count) {
  static const std::string names = "abcdefghijklmnopqrstuvwxyz";
  std::vector<instance_view> view(count);
  for (std::size_t i = 0; i < count; ++i) {
    view[i].id.octets[0] = static_cast<std::uint8_t>(i + 1);
    view[i].instance = std::string_view{names}.substr(i, 1);
  }
  return view;
}

/// The share of each in `rounds` choices.
inline std::vector<double> shares_of(balancer& chooser, const std::vector<instance_view>& view,
                                     int rounds = 20'000) {
  random_source random{42};
  const auto eligible = all_of(view);
  std::vector<double> shares(view.size());
  for (int i = 0; i < rounds; ++i) {
    shares[chooser.choose({view, eligible, {}, now}, random)] += 1.0 / rounds;
  }
  return shares;
}

}  // namespace kith::routing
