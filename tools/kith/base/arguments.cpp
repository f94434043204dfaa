// SPDX-License-Identifier: MPL-2.0
#include "kith/base/arguments.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <set>
#include <utility>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "kith/base/near_names.hpp"
#include "kith/base/table.hpp"

namespace kith::tool {
namespace {

template <class Number>
std::optional<Number> number_in(const std::string& text) {
  Number value{};
  const auto* const end = text.data() + text.size();
  const auto [stop, bad] = std::from_chars(text.data(), end, value);
  return bad == std::errc{} && stop == end ? std::optional{value} : std::nullopt;
}

std::string text_of(double number) {
  constexpr double exact = 1e15;
  std::array<char, 32> text{};
  const bool whole = std::floor(number) == number && std::abs(number) < exact;
  std::snprintf(text.data(), text.size(), whole ? "%.0f" : "%g", number);
  return text.data();
}

std::string in_quotes(const std::string& text) {
  return "\"" + printable(text) + "\"";
}

/// What stands before the first colon: the name of an argument.
std::string name_in(const std::string& text) {
  return text.substr(0, text.find_first_of(": "));
}

std::string plain_mismatch(const std::string& text) {
  const auto has = [&](const char* part) { return text.find(part) != std::string::npos; };
  return name_in(text) + (has("missing")      ? " takes a value"
                          : has("disallowed") ? " takes no value"
                          : has("At Most")    ? ": too many values"
                                              : ": too few values");
}

/// "Could not convert: --port = x".
std::string plain_conversion(const std::string& text) {
  const auto name = text.rfind(": ");
  const auto value = text.rfind(" = ");
  return name == std::string::npos || value == std::string::npos || value < name
             ? text
             : text.substr(name + 2, value - name - 2) + ": it cannot be " +
                   in_quotes(text.substr(value + 3));
}

std::string plain(const CLI::ParseError& why) {
  std::string text = why.what();
  if (why.get_name() == "ArgumentMismatch") {
    return plain_mismatch(text);
  }
  if (why.get_name() == "ConversionError") {
    return plain_conversion(text);
  }
  if (text == "A subcommand is required") {
    return "a command is required";
  }
  if (text.starts_with("The ")) {
    text.front() = 't';
  }
  return text;
}

}  // namespace

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  const bool bounded = most != std::numeric_limits<std::uint64_t>::max();
  const auto range = "from " + std::to_string(least) +
                     (bounded ? " to " + std::to_string(most) : std::string{" on"});
  return {[=](std::string& text) {
            const auto value = number_in<std::uint64_t>(text);
            return value && *value >= least && *value <= most
                       ? std::string{}
                       : "it must be a whole number " + range + ", not " + in_quotes(text);
          },
          {}};
}

CLI::Validator number_between(double least, double most) {
  return {[=](std::string& text) {
            const auto value = number_in<double>(text);
            return value && *value >= least && *value <= most
                       ? std::string{}
                       : "it must be a number from " + text_of(least) + " to " + text_of(most) +
                             ", not " + in_quotes(text);
          },
          {}};
}

CLI::Validator one_of(std::vector<std::string> names) {
  std::string all;
  for (const auto& one : names) {
    all += (all.empty() ? "" : ", ") + one;
  }
  std::set<std::string> known{names.begin(), names.end()};
  return {[known = std::move(known), all](std::string& text) {
            if (known.contains(text)) {
              return std::string{};
            }
            const auto near = near_names(text, known, 1);
            return "there is no " + in_quotes(text) +
                   (near.empty() ? "; there is " + all : "; did you mean " + near.front() + "?");
          },
          {}};
}

std::string usage_text(const CLI::App& app, const CLI::ParseError& why) {
  std::string path = "kith";
  for (const auto* in = &app; !in->get_subcommands().empty();) {
    in = in->get_subcommands().front();
    path += " " + in->get_name();
  }
  return plain(why) + "; " + path + " --help tells more";
}

}  // namespace kith::tool
