// SPDX-License-Identifier: MPL-2.0
#include "node/replaced_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope_exit.hpp"

namespace kith {
namespace {

tl::unexpected<error> not_replaced() {
  return fail(errc::io_error, std::strerror(errno));
}

bool write_whole(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto done = ::write(fd, text.data(), text.size());
    if (done < 0 && errno != EINTR) {
      return false;
    }
    text.remove_prefix(done < 0 ? 0 : static_cast<std::size_t>(done));
  }
  return true;
}

/// The text, on the disk, under a name that nobody reads.
bool write_beside(const std::string& beside, std::string_view text) noexcept {
  ::unlink(beside.c_str());  // of one who crashed here
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) {
    return false;
  }
  [[maybe_unused]] const int mode = ::fchmod(fd, 0644);  // some file systems have no modes
  const bool done = write_whole(fd, text) && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  errno = why;
  return done;
}

}  // namespace

directory_claim::directory_claim(const std::string& path)
    : fd_{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)},
      held_{fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0} {}

directory_claim::~directory_claim() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

result<void> replace_file(const std::string& directory, std::string_view file,
                          std::string_view text) {
  const std::string path = directory + "/" + std::string{file};
  const std::string beside = path + ".part";
  if (!write_beside(beside, text) || ::rename(beside.c_str(), path.c_str()) != 0) {
    auto why = not_replaced();
    ::unlink(beside.c_str());
    return why;
  }
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const scope_exit close_it{[fd] { ::close(fd); }};
  return fd >= 0 && ::fsync(fd) == 0 ? result<void>{} : not_replaced();
}

}  // namespace kith
