// SPDX-License-Identifier: MPL-2.0
#include "node/replaced_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope_exit.hpp"

namespace kith {
namespace {

tl::unexpected<error> not_written(errc code = errc::io_error) {
  return fail(code, std::strerror(errno));
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
bool write_beside(const std::string& beside, std::string_view text, file_right right) noexcept {
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) {
    return false;
  }
  if (right == file_right::open) {
    [[maybe_unused]] const int done = ::fchmod(fd, 0644);  // a stick may have no modes
  }
  const bool done = write_whole(fd, text) && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  errno = why;
  return done;
}

/// One step, with errno when it fails. FAT knows no links, and NFS no renaming that spares others.
bool put_in_place(const std::string& beside, const std::string& path, file_write how) noexcept {
  if (how == file_write::replace) {
    return ::rename(beside.c_str(), path.c_str()) == 0;
  }
  if (::renameat2(AT_FDCWD, beside.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) {
    return true;
  }
  if (errno != EINVAL && errno != ENOSYS) {
    return false;
  }
  return ::link(beside.c_str(), path.c_str()) == 0 && ::unlink(beside.c_str()) == 0;
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

result<void> write_at_once(const std::string& path, std::string_view text, file_right right,
                           file_write how) {
  const auto beside = path + "." + std::to_string(::getpid()) + ".part";
  ::unlink(beside.c_str());  // of one of that number who crashed here
  const bool written = write_beside(beside, text, right);
  if (!written || !put_in_place(beside, path, how)) {
    auto why = not_written(written && errno == EEXIST ? errc::already_exists : errc::io_error);
    ::unlink(beside.c_str());
    return why;
  }
  const auto parent = std::filesystem::path{path}.parent_path();
  const int fd = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const scope_exit close_it{[fd] { ::close(fd); }};
  return fd >= 0 && ::fsync(fd) == 0 ? result<void>{} : not_written();
}

}  // namespace kith
