// SPDX-License-Identifier: MPL-2.0
#include "admin/latency.hpp"

#include <algorithm>
#include <chrono>

namespace kith::admin {
namespace {

using std::chrono::microseconds;

std::uint64_t us_of(duration span) noexcept {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<microseconds>(span).count());
}

duration span_of(std::uint64_t us) noexcept {
  constexpr auto longest = std::chrono::duration_cast<microseconds>(duration::max()).count();
  return microseconds{std::min(us, static_cast<std::uint64_t>(longest))};
}

}  // namespace

latency_info info_of(const ledger::histogram& spans) {
  latency_info told{spans.count(), us_of(spans.sum()), us_of(spans.longest()), {}, {}};
  for (const auto& [bucket, count] : spans.filled_buckets()) {
    told.buckets.push_back(bucket);
    told.counts.push_back(count);
  }
  return told;
}

ledger::histogram histogram_of(const latency_info& told) {
  ledger::histogram spans;
  for (std::size_t i = 0; i < std::min(told.buckets.size(), told.counts.size()); ++i) {
    spans.add_bucket(told.buckets[i], told.counts[i]);
  }
  spans.set_totals(span_of(told.sum_us), span_of(told.longest_us));
  return spans;
}

}  // namespace kith::admin
