// SPDX-License-Identifier: MPL-2.0

// The TOML file. Only `key = value` at the top; octets of any kind end in a value or an error.

#include <toml++/toml.h>

#include <algorithm>

#include "base/config_parse.hpp"

namespace kith {
namespace {

constexpr std::size_t file_limit = std::size_t{64} * 1024;

std::string place(std::string_view name, const toml::source_region& where) {
  return std::string{name} + ":" + std::to_string(where.begin.line);
}

/// Scalars as text; nullopt for what no setting is.
std::optional<std::string> text_of(const toml::node& value) {
  if (const auto* text = value.as_string()) {
    return text->get();
  }
  if (const auto* number = value.as_integer()) {
    return std::to_string(number->get());
  }
  if (const auto* yes = value.as_boolean()) {
    return yes->get() ? "true" : "false";
  }
  return std::nullopt;
}

}  // namespace

result<std::vector<setting_origin>> read_toml(std::string_view text, std::string_view name) {
  if (text.size() > file_limit) {
    return fail(errc::bad_config, std::string{name} + ": larger than 64 KiB");
  }
  std::vector<setting_origin> values;
  try {
    const auto table = toml::parse(text, name);
    for (auto&& [key, value] : table) {
      const auto at = place(name, value.source());
      auto written = text_of(value);
      if (!written) {
        return fail(errc::bad_config,
                    at + ": " + std::string{key.str()} +
                        ": a setting is a text, a whole number, or true or false",
                    outcome::not_sent, std::string{key.str()});
      }
      values.push_back({std::string{key.str()}, std::move(*written), at});
    }
  } catch (const toml::parse_error& wrong) {
    return fail(errc::bad_config,
                place(name, wrong.source()) + ": " + std::string{wrong.description()});
  }
  return values;
}

}  // namespace kith
