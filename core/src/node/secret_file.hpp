// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstdint>
#include <string>

#include <kith/errors.hpp>

#include "security/secret.hpp"

namespace kith {

/// Who else may have a file: nobody may read a secret, others may read but not write what is open.
enum class file_guard : std::uint8_t { secret, open };

/// What a file holds, at most 64 KiB; or what is wrong with it, and what to do, without its path.
result<security::secret> read_guarded_file(const std::string& path, file_guard guard);

/// What is wrong with a directory from which files are to be believed; empty: nothing.
[[nodiscard]] std::string flaw_in_directory(const std::string& path);

}  // namespace kith
