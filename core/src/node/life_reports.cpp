// SPDX-License-Identifier: MPL-2.0
#include "node/life_reports.hpp"

namespace kith::detail {

void life_reports::ready(const std::string& lines) {
  tell("READY=1\n" + lines, log_level::warning);
  keep_watchdog();
}

void life_reports::tell(const std::string& lines, log_level when_it_fails) {
  if (!serves_) {
    return;
  }
  if (const auto told = world_.notify().tell(lines); !told) {
    log_.write(when_it_fails, "node", told.error().message);
  }
}

/// From the loop, so that a hung process does not pass for a living one.
void life_reports::keep_watchdog() {
  const auto interval = world_.notify().watchdog_interval();
  if (interval > duration::zero()) {
    tell("WATCHDOG=1", log_level::debug);
    watchdog_ = loop_.after(interval, [this] { keep_watchdog(); });
  }
}

}  // namespace kith::detail
