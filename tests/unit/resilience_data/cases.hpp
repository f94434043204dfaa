// SPDX-License-Identifier: MPL-2.0
#pragma once

// The cases of other breakers, as tests/unit/resilience_data reads them.

#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

namespace kith::resilience {

inline nlohmann::json cases_of(const std::string& name) {
  std::ifstream file{KITH_TEST_DATA "/resilience/" + name + "_cases.json"};
  return nlohmann::json::parse(file);
}

}  // namespace kith::resilience
