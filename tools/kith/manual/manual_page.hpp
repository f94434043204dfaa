// SPDX-License-Identifier: MPL-2.0
#pragma once

// The manual page, from what --help is made of.

#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace kith::tool {

/// Options that most commands have, and the manual says once.
inline constexpr auto common_group = "Common options";

struct manual_texts {
  std::string version;
  std::string statuses;   ///< a heading, then for each status "    0  what it means", indented on
  std::string variables;  ///< a paragraph after "Variables: "
};

/// In roff, with the macros of man(7).
[[nodiscard]] std::string manual_page(const CLI::App& app, const manual_texts& texts);

}  // namespace kith::tool
