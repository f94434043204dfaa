// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kith::tool {

/// Those that whoever typed `wanted`, the beginning of a name or a part of one, may have meant: the
/// nearest first, at most `most`.
[[nodiscard]] std::vector<std::string> near_names(std::string_view wanted,
                                                  const std::set<std::string>& names,
                                                  std::size_t most = 5);

}  // namespace kith::tool
