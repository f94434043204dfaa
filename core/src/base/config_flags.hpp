// SPDX-License-Identifier: MPL-2.0
#pragma once

// The command line, by CLI11.

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/config_settings.hpp"

namespace kith {

struct parsed_flags {
  std::vector<std::pair<std::string, std::string>> values;  ///< key and text, as given
  std::optional<std::string> config_file;
  bool print_config = false;
  bool help = false;
  std::string help_text;  ///< when `help`
};

/// bad_config for an unknown flag, a missing value or a stray argument.
result<parsed_flags> parse_flags(const std::string& service, std::span<const setting> settings,
                                 std::span<const std::string> args);

}  // namespace kith
