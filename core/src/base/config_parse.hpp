// SPDX-License-Identifier: MPL-2.0
#pragma once

// The pure half of `config::from`: where settings come from is passed in, nothing ends the process.

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kith/config.hpp>

namespace kith {

struct config_input {
  std::string service;
  std::vector<std::string> args;                   ///< without the program's name
  std::map<std::string, std::string> environment;  ///< other names than KITH_* are skipped
  /// The text of a file, or io_error.
  std::function<result<std::string>(const std::string& path)> read_file;
  std::span<const config_option> extra;
  std::span<const config_value> decided;
};

/// One value and where it came from: "default", "--zone", "KITH_ZONE", "kith.toml:3",
/// "program".
struct setting_origin {
  std::string key;
  std::string value;
  std::string origin;
  bool list = false;  ///< it was written as a list; then `value` has commas between the parts
};

struct parsed_config {
  enum class request : std::uint8_t { run, help, print_config };

  config settings;
  request wants = request::run;
  std::string help;  ///< when help was asked for
  std::vector<setting_origin> origins;
};

/// bad_config or insecure_address; the message has the place and the nearest right name.
result<parsed_config> parse_config(const config_input& input);

/// What a TOML text sets, as key, value and "name:line". Any octets may come: for the fuzzer too.
result<std::vector<setting_origin>> read_toml(std::string_view text, std::string_view name);

/// As --print-config shows them: "heartbeat_ms = 300    # --heartbeat-ms", one a line.
std::string print_config(const parsed_config& parsed);

}  // namespace kith
