// SPDX-License-Identifier: MPL-2.0
#pragma once

namespace kith::tool {

/// True when colours make sense there: a terminal that has them, whose user did not say NO_COLOR.
bool has_colour(int descriptor = 1);

}  // namespace kith::tool
