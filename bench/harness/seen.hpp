// SPDX-License-Identifier: MPL-2.0
#pragma once

// How much of a node of kith may be seen, as `scripts/bench --unseen` compares it.

#include <kith/config.hpp>

#include "harness/settings.hpp"

namespace bench {

inline void show(kith::config& config, const settings& chosen) {
  if (chosen.unseen || chosen.unrecorded) {
    config.recorder_bytes = 0;
  }
  if (chosen.unseen) {
    config.trace_per_second = 0;
  }
  config.admin = chosen.admin;
  config.trace_collector = chosen.collector;
}

}  // namespace bench
