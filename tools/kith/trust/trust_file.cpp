// SPDX-License-Identifier: MPL-2.0
#include "kith/trust/trust_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
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
  auto written = write_at_once(path, text, right, how);
  if (written) {
    return written;
  }
  const auto& why = written.error();
  return fail(why.what(),
              why.what() == errc::already_exists ? path + " is there already"
                                                 : "cannot write " + path + ": " + why.message,
              outcome::not_sent, path);
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

bool is_there(const std::string& path) noexcept {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0;
}

}  // namespace kith::tool
