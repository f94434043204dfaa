// SPDX-License-Identifier: MPL-2.0
#include "rpc/asked_times.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace kith::rpc {
namespace {

std::uint64_t microseconds(duration d) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::max(d, duration{})).count());
}

}  // namespace

void asked_times::begin(const call_key& at, time_point now) {
  if (const auto found = rows_.find(at); found != rows_.end()) {
    found->second.began = now;
  }
}

std::optional<wire::reply_times> asked_times::take(const call_key& at, time_point now) {
  const auto node = rows_.extract(at);
  if (node.empty()) {
    return std::nullopt;
  }
  const auto [came, began] = node.mapped();
  const auto begun = began == time_point{} ? now : began;
  return wire::reply_times{microseconds(begun - came), microseconds(now - begun)};
}

void asked_times::forget_all_of(peers::session_id from) {
  rows_.erase(rows_.lower_bound({from, 0}),
              rows_.upper_bound({from, std::numeric_limits<std::uint64_t>::max()}));
}

}  // namespace kith::rpc
