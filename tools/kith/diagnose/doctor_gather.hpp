// SPDX-License-Identifier: MPL-2.0
#pragma once

// Gathers what kith doctor judges: from the kernel, the file system and the network. It blocks, for
// at most `listen` and the time of the probes.

#include <chrono>
#include <string>
#include <vector>

#include <kith/config.hpp>

#include "kith/diagnose/doctor_facts.hpp"

namespace kith::tool {

struct doctor_request {
  config settings;
  std::vector<std::string> endpoints;  ///< to be probed, beside seeds and who is heard
  std::chrono::milliseconds listen{2200};
  std::chrono::sys_time<std::chrono::microseconds> now;
};

[[nodiscard]] doctor_facts gather(const doctor_request& what);

}  // namespace kith::tool
