// SPDX-License-Identifier: MPL-2.0
#include "transport/stranger_limit.hpp"

#include <algorithm>
#include <iterator>

namespace kith::transport {
namespace {

constexpr duration between_drops = std::chrono::seconds{1};

}  // namespace

stranger_limit::stranger_limit(const stranger_limits& limits) noexcept
    : limits_{limits}, all_{limits.burst_of_all, {}, {}}, crowd_{limits.burst, {}, {}} {}

void stranger_limit::fill(bucket& what, double per_second, double burst, time_point now) noexcept {
  if (now > what.since) {
    const std::chrono::duration<double> passed = now - what.since;
    what.tokens = std::min(burst, what.tokens + passed.count() * per_second);
    what.since = now;
  }
}

stranger_limit::bucket& stranger_limit::row_of(network from, time_point now) {
  if (const auto found = rows_.find(from); found != rows_.end()) {
    return found->second;
  }
  if (rows_.size() >= limits_.most_networks) {
    drop_full_ones(now);
  }
  if (rows_.size() >= limits_.most_networks) {
    return crowd_;
  }
  return rows_.emplace(from, bucket{limits_.burst, now, {}}).first->second;
}

void stranger_limit::drop_full_ones(time_point now) {
  if (now - looked_ < between_drops) {
    return;
  }
  looked_ = now;
  for (auto at = rows_.begin(); at != rows_.end();) {
    fill(at->second, limits_.per_second, limits_.burst, now);
    at = at->second.tokens >= limits_.burst ? rows_.erase(at) : std::next(at);
  }
}

stranger_limit::verdict stranger_limit::begins(network from, time_point now) {
  auto& own = row_of(from, now);
  fill(own, limits_.per_second, limits_.burst, now);
  fill(all_, limits_.per_second_of_all, limits_.burst_of_all, now);
  if (own.tokens < 1) {
    return verdict::too_many_of_it;
  }
  if (all_.tokens < 1) {
    return verdict::too_many_of_all;
  }
  --own.tokens;
  --all_.tokens;
  return verdict::good;
}

void stranger_limit::pause(network from, time_point until) noexcept {
  if (const auto found = rows_.find(from); found != rows_.end()) {
    found->second.since = until - saved;
  }
}

void stranger_limit::proved(network from, time_point now) noexcept {
  const auto found = rows_.find(from);
  auto& own = found == rows_.end() ? crowd_ : found->second;
  own.tokens = std::min(limits_.burst, own.tokens + 1);
  own.proof = now;
  all_.tokens = std::min(limits_.burst_of_all, all_.tokens + 1);
}

std::optional<time_point> stranger_limit::last_proof(network from) const noexcept {
  const auto found = rows_.find(from);
  return found == rows_.end() ? std::nullopt : found->second.proof;
}

}  // namespace kith::transport
