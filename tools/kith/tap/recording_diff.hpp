// SPDX-License-Identifier: MPL-2.0
#pragma once

// How two recordings differ: which calls and events only one of them has, which calls ended
// otherwise, and how their latencies moved. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "kith/tap/recording.hpp"

namespace kith::tool {

/// One method or topic in both.
struct compared {
  std::string service;  ///< of a method
  std::string name;
  std::string kind;  ///< "call" or "event"
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  std::uint64_t failed_before = 0;
  std::uint64_t failed_after = 0;
  std::int64_t median_before_us = 0;  ///< of answered calls; 0: none
  std::int64_t median_after_us = 0;
  std::uint64_t only_before = 0;  ///< with that body
  std::uint64_t only_after = 0;
  std::uint64_t otherwise = 0;        ///< the same request, and another outcome
  std::vector<std::string> examples;  ///< at most 3, a line each
};
KITH_DESCRIBE(compared, service, name, kind, before, after, failed_before, failed_after,
              median_before_us, median_after_us, only_before, only_after, otherwise, examples)

/// By service and name. Two calls are the same when service, method and body are, in the order in
/// which they came; without bodies the order alone counts.
[[nodiscard]] std::vector<compared> compare(const recording& before, const recording& after);

/// Latencies differ from run to run; everything else that differs counts.
[[nodiscard]] bool differ(const compared& one) noexcept;

[[nodiscard]] std::string diff_text(const std::vector<compared>& rows, bool colour);

}  // namespace kith::tool
