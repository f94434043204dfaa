// SPDX-License-Identifier: MPL-2.0
#pragma once

// Names of services, instances and domains: what is safe in a log line, a path and a label.

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace kith {

inline constexpr std::size_t name_limit = 64;

/// 1 to 64 of letters, digits, '.', '-' and '_'.
constexpr bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= name_limit &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

}  // namespace kith
