// SPDX-License-Identifier: MPL-2.0
#pragma once

// Events as `kith sub` prints them.

#include <string>
#include <string_view>

#include <kith/events.hpp>

namespace kith::tool {

struct event_line {
  wall_time when;
  std::string publisher;  ///< its instance
  event_info event;
};

/// "12:00:00.000123 order-1 order.placed #12 {...}"; the time is UTC.
[[nodiscard]] std::string plain_text(const event_line& line, std::string_view body);
/// One object: time, publisher, id, topic, sequence, traceparent when there is one, and body; a
/// body that is no JSON is `unreadable` instead.
[[nodiscard]] std::string json_text(const event_line& line, std::string_view body);

[[nodiscard]] std::string plain_text(wall_time when, const std::string& publisher,
                                     const event_gap& gap);
[[nodiscard]] std::string json_text(wall_time when, const std::string& publisher,
                                    const event_gap& gap);

}  // namespace kith::tool
