// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <memory>
#include <string>

#include <kith/errors.hpp>

#include "security/keyring.hpp"

namespace kith {

/// Reads a keys file. bad_config, with what to do, when it cannot be read, is no good, or is open
/// to others: it holds a secret.
result<std::shared_ptr<const security::keyring>> read_key_file(const std::string& path);

}  // namespace kith
