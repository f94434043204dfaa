// SPDX-License-Identifier: MPL-2.0
#include "kith/base/colour.hpp"

#include <sys/ioctl.h>
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

std::size_t columns_of_terminal(int descriptor) {
  winsize size{};
  return ::isatty(descriptor) == 1 && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace kith::tool
