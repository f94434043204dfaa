// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstddef>

namespace kith::tool {

/// True when colours make sense there: a terminal that has them, whose user did not say NO_COLOR.
bool has_colour(int descriptor = 1);

/// How many columns the terminal there has; 0: it is none, or does not say.
std::size_t columns_of_terminal(int descriptor = 1);

}  // namespace kith::tool
