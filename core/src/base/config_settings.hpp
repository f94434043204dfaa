// SPDX-License-Identifier: MPL-2.0
#pragma once

// The table of settings: one line for each, and the ways to name, read and write it.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kith/config.hpp>

namespace kith {

struct setting {
  std::string key;
  std::string placeholder;  ///< for --help: "MS"; empty for a yes or no
  std::string description;
  std::string default_value;
  /// Writes the value; else what would be right ("a whole number").
  std::optional<std::string> (*set)(config&, const std::string& key, std::string_view text);
  std::string (*get)(const config&, const std::string& key);
  bool list = false;   ///< several, with commas between them; the flag may repeat
  std::string rule{};  ///< of an own one
  bool (*fits)(std::string_view) = nullptr;  ///< of an own one; null: any value does
};

/// The node's settings and then the service's own; bad_config when an own one has a taken name.
result<std::vector<setting>> all_settings(std::span<const config_option> extra);

const setting* find_setting(std::span<const setting> settings, std::string_view key) noexcept;

/// "heartbeat_ms" as "--heartbeat-ms" and as "KITH_HEARTBEAT_MS".
std::string flag_of(std::string_view key);
std::string variable_of(std::string_view key);

/// The known word that was probably meant, or nullopt.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known);
/// "; did you mean heartbeat_ms?", or nothing.
std::string suggestion(std::string_view word, std::span<const std::string> known);

}  // namespace kith
