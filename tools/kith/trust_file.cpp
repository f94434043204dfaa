// SPDX-License-Identifier: MPL-2.0
#include "kith/trust_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kith::tool {
namespace {

constexpr std::size_t most_octets = std::size_t{64} * 1024;

/// A descriptor that closes itself.
class open_file {
 public:
  open_file(const std::string& path, int flags, ::mode_t mode = 0)
      : fd_{::open(path.c_str(), flags | O_CLOEXEC, mode)} {}
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool ok() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

tl::unexpected<error> cannot(const std::string& what, const std::string& path) {
  const int why = errno;
  return fail(why == ENOENT ? errc::not_found : errc::io_error,
              "cannot " + what + " " + path + ": " + std::strerror(why), outcome::not_sent, path);
}

std::string parent_of(const std::string& path) {
  const auto parent = std::filesystem::path{path}.parent_path();
  return parent.empty() ? "." : parent.string();
}

bool write_all(int fd, std::string_view text) noexcept {
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
result<void> write_aside(const std::string& aside, std::string_view text, file_right right) {
  const open_file file{aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600};
  if (file.ok() && right == file_right::open) {
    [[maybe_unused]] const int done = ::fchmod(file.fd(), 0644);  // a stick may have no modes
  }
  const bool done = file.ok() && write_all(file.fd(), text) && ::fsync(file.fd()) == 0;
  return done ? result<void>{} : cannot("write", aside);
}

/// One step, with errno when it fails. FAT knows no links, and NFS no renaming that spares others.
bool put_in_place(const std::string& aside, const std::string& path, file_write how) noexcept {
  if (how == file_write::replace) {
    return ::rename(aside.c_str(), path.c_str()) == 0;
  }
  if (::renameat2(AT_FDCWD, aside.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) {
    return true;
  }
  if (errno != EINVAL && errno != ENOSYS) {
    return false;
  }
  return ::link(aside.c_str(), path.c_str()) == 0 && ::unlink(aside.c_str()) == 0;
}

result<void> sync_directory(const std::string& path) {
  const open_file directory{path, O_RDONLY | O_DIRECTORY};
  return directory.ok() && ::fsync(directory.fd()) == 0 ? result<void>{} : cannot("write", path);
}

std::string flaw_in(int fd, const std::string& path, file_right right) {
  struct stat found {};
  if (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) {
    return path + ": it is no file";
  }
  if (right == file_right::secret && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return path + ": it is a secret, and others may read it: chmod 600 " + path;
  }
  return {};
}

}  // namespace

result<void> write_file(const std::string& path, std::string_view text, file_right right,
                        file_write how) {
  const auto aside = path + "." + std::to_string(::getpid()) + ".part";
  auto written = write_aside(aside, text, right);
  if (written && !put_in_place(aside, path, how)) {
    written = errno == EEXIST
                  ? fail(errc::already_exists, path + " is there already", outcome::not_sent, path)
                  : cannot("write", path);
  }
  if (!written) {
    ::unlink(aside.c_str());
  }
  return written ? sync_directory(parent_of(path)) : written;
}

result<security::secret> read_file(const std::string& path, file_right right) {
  const open_file file{path, O_RDONLY | O_NONBLOCK};
  if (!file.ok()) {
    return cannot("read", path);
  }
  if (const auto flaw = flaw_in(file.fd(), path, right); !flaw.empty()) {
    return fail(errc::permission_denied, flaw, outcome::not_sent, path);
  }
  security::secret text{most_octets + 1};
  std::size_t size = 0;
  for (;;) {
    const auto got = ::read(file.fd(), text.data() + size, text.size() - size);
    if (got < 0 && errno != EINTR) {
      return cannot("read", path);
    }
    size += got < 0 ? 0 : static_cast<std::size_t>(got);
    if (size > most_octets) {
      return fail(errc::too_large, path + ": it is larger than 64 KiB", outcome::not_sent, path);
    }
    if (got == 0) {
      text.truncate(size);
      return text;
    }
  }
}

result<void> make_directory(const std::string& path) {
  if (const auto parent = parent_of(path); parent != path && !is_there(parent)) {
    if (auto made = make_directory(parent); !made) {
      return made;
    }
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return cannot("make", path);
  }
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    return cannot("read", path);
  }
  if (!S_ISDIR(found.st_mode)) {
    return fail(errc::io_error, path + ": it is no directory", outcome::not_sent, path);
  }
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (found.st_mode & S_ISVTX) == 0) {
    return fail(errc::permission_denied, path + ": others may write to it: chmod 700 " + path,
                outcome::not_sent, path);
  }
  return {};
}

directory_lock::directory_lock(const std::string& path)
    : fd_{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)},
      held_{fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0} {}

directory_lock::~directory_lock() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

bool is_there(const std::string& path) noexcept {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0;
}

}  // namespace kith::tool
