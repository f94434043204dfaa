// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Part of kith/introspection.hpp: histograms, and what they are of.

#include <cstdint>
#include <string>
#include <vector>

#include <kith/contract.hpp>

namespace kith {

/// How long something took, as a log-linear histogram: sixteen buckets for each octave of
/// microseconds. Bucket `b` begins at b sixteenths of a microsecond for b < 32, and then at
/// (16 + b % 16) * 2^(b / 16 - 1) of them; it ends where the next begins. The middle of a bucket is
/// at most 1/32 off.
struct latency_info {
  std::uint64_t count = 0;
  std::uint64_t sum_us = 0;
  std::uint64_t longest_us = 0;
  std::vector<std::uint32_t> buckets;  ///< those that are not empty, in order
  std::vector<std::uint64_t> counts;   ///< of each of them
};
KITH_DESCRIBE(latency_info, count, sum_us, longest_us, buckets, counts)

/// How long the events of one topic took to get here, since the node began, by the calendars of
/// both sides.
struct event_time_info {
  std::string topic;  ///< "(others)": beyond 256
  std::string group;  ///< that applied durable ones; empty: of volatile events
  /// From publishing to delivery here, of the first event of each packet. Of durable events from
  /// the commit in the log to that of the effect.
  latency_info took;
};
KITH_DESCRIBE(event_time_info, topic, group, took)

}  // namespace kith
