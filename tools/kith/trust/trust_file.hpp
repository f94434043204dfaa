// SPDX-License-Identifier: MPL-2.0
#pragma once

// Files of the trust directory: whole or not there, on the disk when it is said so, and secrets
// for their owner only.

#include <string>
#include <string_view>

#include <kith/errors.hpp>

#include "node/replaced_file.hpp"
#include "security/secret.hpp"

namespace kith::tool {

/// io_error, or already_exists: `make` never writes over anything.
result<void> write_file(const std::string& path, std::string_view text, file_right right,
                        file_write how);

/// At most 64 KiB. not_found, io_error, or too_large; permission_denied when `right` is `secret`
/// and others may read it.
result<security::secret> read_file(const std::string& path, file_right right);

/// Makes the directory and those above it, mode 0700, where they are missing. permission_denied
/// when others may write to it.
result<void> make_directory(const std::string& path);

[[nodiscard]] bool is_there(const std::string& path) noexcept;

}  // namespace kith::tool
