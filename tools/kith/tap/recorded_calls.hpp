// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calls of a recording. Pure.
//
// Design notes
// - A call passed both its caller and who served it. Where both were recorded it counts once, at
//   who served it.
// - Attempts are one call: a repetition and a hedge go to other instances, with the same span.
// Where
//   nobody samples there is no span to tell them by; then one that was cancelled is left out where
//   its caller had the same asked of another instance about that time.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kith/tap/recording.hpp"

namespace kith::tool {

struct recorded_call {
  const recorded* request = nullptr;       ///< of the first attempt; in the recording
  std::string service;                     ///< that was asked
  std::string outcome;                     ///< "reply", or the last error; empty: none was seen
  std::optional<std::int64_t> latency_us;  ///< of the attempt that had it
};

/// By the time of their requests.
[[nodiscard]] std::vector<recorded_call> calls_in(const recording& all);

/// Of a request or an event; it lives as long as that does.
[[nodiscard]] std::string_view body_of(const recorded& one);

/// The nodes that were recorded.
[[nodiscard]] std::set<std::string> nodes_in(const recording& all);

}  // namespace kith::tool
