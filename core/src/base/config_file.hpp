// SPDX-License-Identifier: MPL-2.0
#pragma once

// Reads a settings file, whatever it is that lies there: a directory, a pipe that nobody writes to,
// a device without an end.

#include <string>

#include <kith/errors.hpp>

namespace kith {

/// Its octets, at most one more than a settings file may have (`most_config_octets`): who reads
/// them says so. io_error says what it is, or why it cannot be read. Of what is no file it waits a
/// second for each part.
result<std::string> read_config_file(const std::string& path);

}  // namespace kith
