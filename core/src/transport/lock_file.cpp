// SPDX-License-Identifier: MPL-2.0
#include "transport/lock_file.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/socket_owner.hpp"

namespace kith::transport {
namespace {

constexpr int attempts = 10;

std::string holder_of(int fd) {
  std::array<char, 16> text{};
  int pid = 0;
  const auto size = ::pread(fd, text.data(), text.size() - 1, 0);
  if (size <= 0 || std::from_chars(text.data(), text.data() + size, pid).ec != std::errc{}) {
    return {};
  }
  return describe_process(pid);
}

bool write_own_pid(int fd) {
  const std::string pid = std::to_string(::getpid()) + "\n";
  return ::ftruncate(fd, 0) == 0 && ::pwrite(fd, pid.data(), pid.size(), 0) >= 0;
}

}  // namespace

result<lock_file> lock_file::take(const std::string& path) {
  std::string owner;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const int fd =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (fd < 0) {
      return fail(errc::io_error, std::strerror(errno));
    }
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      // Whoever cleans up after the dead holds it for microseconds.
      owner = holder_of(fd);
      ::close(fd);
      ::poll(nullptr, 0, 1);
      continue;
    }
    lock_file taken{path, fd};
    if (!taken.is_still_at_its_path()) {
      ::close(std::exchange(taken.fd_, -1));  // its holder removed it between our open and lock
      continue;
    }
    if (!write_own_pid(fd)) {
      return fail(errc::io_error, std::strerror(errno));
    }
    return taken;
  }
  return fail(errc::address_in_use, owner);
}

std::optional<lock_file> lock_file::take_abandoned(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) {
    return std::nullopt;
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return std::nullopt;
  }
  lock_file taken{path, fd};
  if (!taken.is_still_at_its_path()) {
    ::close(std::exchange(taken.fd_, -1));
    return std::nullopt;
  }
  return taken;
}

lock_file::~lock_file() {
  if (fd_ >= 0) {
    ::unlink(path_.c_str());
    ::close(fd_);
  }
}

bool lock_file::is_still_at_its_path() const noexcept {
  struct stat open_one {};
  struct stat named {};
  return ::fstat(fd_, &open_one) == 0 && ::lstat(path_.c_str(), &named) == 0 &&
         open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

}  // namespace kith::transport
