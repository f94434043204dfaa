// SPDX-License-Identifier: MPL-2.0
// Any octets as a configuration file: a value or an error that names the line, never a crash.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/config_parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  const auto read = kith::read_toml(text, "f.toml");
  if (!read && read.error().message.find("f.toml:") == std::string::npos) {
    std::abort();
  }
  kith::config_input input;
  input.service = "fuzz";
  input.args = {"--config", "f.toml"};
  input.read_file = [&](const std::string&) -> kith::result<std::string> { return text; };
  const auto parsed = kith::parse_config(input);
  if (parsed && !parsed->settings.check()) {
    std::abort();
  }
  return 0;
}
