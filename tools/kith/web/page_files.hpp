// SPDX-License-Identifier: MPL-2.0
#pragma once

// The files of the page, which the build puts into the program: tools/kith/web/page.

#include <span>
#include <string_view>

namespace kith::tool {

struct page_file {
  std::string_view name;  ///< "map.js"
  std::string_view type;  ///< Content-Type
  std::string_view text;
};

[[nodiscard]] std::span<const page_file> page_files() noexcept;

}  // namespace kith::tool
