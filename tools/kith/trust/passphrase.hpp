// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <string>

#include <kith/errors.hpp>

#include "security/secret.hpp"

namespace kith::tool {

/// The passphrase of a root: the first line of `file`, of standard input when that is "-", or,
/// when it is empty, as typed at the terminal, which does not show it; `twice` when it is a new
/// one. invalid_argument for one that is too short or was typed in two ways, cancelled for Ctrl-C,
/// else as read_file().
result<security::secret> ask_passphrase(const std::string& file, bool twice);

}  // namespace kith::tool
