// SPDX-License-Identifier: MPL-2.0
#pragma once

// How long events take to get here: from publishing to delivery, by the calendars of both sides; of
// durable ones from the log's commit to that of their effect. Loop thread only; references stay
// good for the life of the table.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "ledger/histogram.hpp"

namespace kith::ledger {

/// From one moment of a calendar to one of another, which may be wrong: nothing when it is
/// negative, a day at most.
[[nodiscard]] duration calendar_span(std::int64_t from_us, std::int64_t to_us) noexcept;

/// Beyond so many further topics share "(others)", as in the books.
class event_times {
 public:
  static constexpr std::size_t most = 256;
  using table = std::map<std::pair<std::string, std::string>, histogram>;

  /// `group` is empty for volatile events.
  histogram& open(std::string_view topic, std::string_view group);
  [[nodiscard]] const table& all() const noexcept { return times_; }

 private:
  table times_;
};

}  // namespace kith::ledger
