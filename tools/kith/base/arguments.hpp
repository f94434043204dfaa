// SPDX-License-Identifier: MPL-2.0
#pragma once

// What arguments must be, and what is said of those that are not: in the same words everywhere.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace kith::tool {

/// A whole number in that range, in decimal digits.
[[nodiscard]] CLI::Validator whole_number(
    std::uint64_t least, std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
/// A number in that range.
[[nodiscard]] CLI::Validator number_between(double least, double most);
/// One of these; else the nearest one is offered.
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> names);

/// The longest span that is taken where there is no nearer bound: a year, in seconds.
inline constexpr double longest_span_s = 366.0 * 86'400;

/// What is wrong with a command line, and where to read on.
[[nodiscard]] std::string usage_text(const CLI::App& app, const CLI::ParseError& why);

}  // namespace kith::tool
