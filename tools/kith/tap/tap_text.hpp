// SPDX-License-Identifier: MPL-2.0
#pragma once

// Envelopes as `kith tap` prints them.

#include <string>
#include <string_view>
#include <vector>

#include "kith/tap/recording.hpp"

namespace kith::tool {

struct tap_style {
  bool hex = false;
  bool body = false;
  bool colour = false;
  std::vector<std::string> redact;  ///< fields whose values are not shown, as JSON or octets
};

/// "12:00:00.000123 order-1 < payment-1  request order.get 89"; then the body, if wanted, a line
/// with its JSON or its octets.
[[nodiscard]] std::string plain_text(const recorded& one, const tap_style& style);
/// One object: time, node, instance and what `tapped` has; the body as JSON, or `unreadable`.
[[nodiscard]] std::string json_text(const recorded& one, const tap_style& style);

/// "00000000  81 a2 69 64 a2 34 32                              |..id.42|", sixteen a line.
[[nodiscard]] std::string hex_text(std::string_view octets);

}  // namespace kith::tool
