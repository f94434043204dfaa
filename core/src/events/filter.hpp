// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kith/identity.hpp>

namespace kith::events {

/// What somebody here wants to hear.
struct filter {
  std::string text;
  bool prefix = false;            ///< every topic that begins with `text`
  std::uint64_t fingerprint = 0;  ///< of the expected event; 0: any
  [[nodiscard]] bool matches(std::string_view topic) const noexcept {
    return prefix ? topic.starts_with(text) : topic == text;
  }
  [[nodiscard]] bool matches_any(const std::vector<offered>& topics) const {
    return std::any_of(topics.begin(), topics.end(),
                       [this](const offered& one) { return matches(one.name); });
  }
  /// As it is subscribed at the transport: an exact topic ends with the zero of its packets.
  [[nodiscard]] std::string wire_form() const { return prefix ? text : text + '\0'; }
};

}  // namespace kith::events
