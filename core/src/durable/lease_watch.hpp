// SPDX-License-Identifier: MPL-2.0
#pragma once

// When a lease may be taken over: nobody holds it, or its holder has not renewed it for a whole
// lease on our own clock. No clock of another machine or of the database counts.

#include <cstdint>
#include <string_view>

#include <kith/time.hpp>

#include "durable/cursor_table.hpp"

namespace kith::durable {

class lease_watch {
 public:
  explicit lease_watch(duration lease) noexcept : lease_{lease} {}

  [[nodiscard]] bool may_take(const cursor& seen, time_point now) noexcept {
    if (seen.holder.empty()) {
      return true;
    }
    if (!watching_ || seen.epoch != epoch_ || seen.renewals != renewals_) {
      watching_ = true;
      epoch_ = seen.epoch;
      renewals_ = seen.renewals;
      since_ = now;
    }
    return now - since_ >= lease_;
  }
  /// What was seen says nothing any more: we held it ourselves meanwhile.
  void forget() noexcept { watching_ = false; }

 private:
  duration lease_;
  bool watching_ = false;
  std::int64_t epoch_ = 0;
  std::int64_t renewals_ = 0;
  time_point since_{};
};

}  // namespace kith::durable
