// SPDX-License-Identifier: MPL-2.0
#pragma once

// Reads a settings file, whatever it is that lies there: a directory, a pipe that nobody writes to,
// a device without an end.

#include <chrono>
#include <string>

#include <kith/errors.hpp>

namespace kith {

/// Its octets, at most one more than a settings file may have (`most_config_octets`): who reads
/// them says so. io_error says what it is, or why it cannot be read. What is no file has
/// `patience`, at least a millisecond, to end: one deadline for the whole of it, however often a
/// part comes.
result<std::string> read_config_file(const std::string& path,
                                     std::chrono::milliseconds patience = std::chrono::seconds{1});

}  // namespace kith
