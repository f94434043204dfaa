// SPDX-License-Identifier: MPL-2.0
#pragma once

// The directory in which the nodes of one user on one machine have their ipc sockets, each named by
// its node's id: who is there is seen by looking, and nothing of it needs to be in a message.
//
// Design notes
// - It is worth as much as its mode: what lies in a directory that is ours and closed to others was
//   put there by us. So one that is anything else is not used, and not mended either.
// - A killed node leaves its socket and its lock file. The next node to start removes what nobody
//   holds any more.

#include <cstddef>
#include <cstdint>
#include <string>

#include <kith/errors.hpp>

namespace kith::transport {

/// `runtime_dir`/kith when that directory (XDG_RUNTIME_DIR; may be null) is there, is ours and is
/// closed to others; else /tmp/kith-UID.
std::string default_local_directory(const char* runtime_dir);

/// Makes the last part of `path` with mode 0700 if it is not there, and checks it. io_error or
/// bad_config say what is wrong and what to do.
result<void> prepare_local_directory(const std::string& path);

/// Removes the sockets of dead nodes; gives their number. Looks at a bounded number of files.
std::size_t sweep_local_directory(const std::string& path);

/// A socket of our user's is at that path. Whether anybody listens is another question.
bool is_own_socket(const std::string& path) noexcept;

}  // namespace kith::transport
