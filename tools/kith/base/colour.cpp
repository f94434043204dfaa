// SPDX-License-Identifier: MPL-2.0
#include "kith/base/colour.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace kith::tool {

bool has_colour(int descriptor) {
  const auto is = [](const char* name, auto&& what) {
    const auto* const value = std::getenv(name);
    return value != nullptr && what(std::string_view{value});
  };
  return ::isatty(descriptor) == 1 && !is("NO_COLOR", [](auto text) { return !text.empty(); }) &&
         !is("TERM", [](auto text) { return text == "dumb"; });
}

}  // namespace kith::tool
