// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <memory>
#include <string>

#include <kith/config.hpp>
#include <kith/errors.hpp>

#include "security/secret.hpp"

namespace kith {

/// What a reader of the node's pages has to show; null when nobody is asked: where there is neither
/// trust nor `admin_token`. bad_config, with what to do, when the file cannot be read, is open to
/// others, or holds no token.
result<std::shared_ptr<const security::secret>> read_admin_token(const config& settings);

}  // namespace kith
