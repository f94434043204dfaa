// SPDX-License-Identifier: MPL-2.0
#pragma once

namespace kith::tool {

/// The command line, read and done; gives the exit status.
int run(int argc, const char* const* argv);

}  // namespace kith::tool
