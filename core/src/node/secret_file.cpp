// SPDX-License-Identifier: MPL-2.0
#include "node/secret_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope_exit.hpp"

namespace kith {
namespace {

constexpr std::size_t most_octets = std::size_t{64} * 1024;
constexpr mode_t read_by_others = S_IRWXG | S_IRWXO;
constexpr mode_t written_by_others = S_IWGRP | S_IWOTH;

tl::unexpected<error> unusable(const std::string& what) {
  return fail(errc::bad_config, what);
}

std::string mode_of(const struct stat& found) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(found.st_mode & 07777U));
  return text.data();
}

std::string flaw_of_owner(const struct stat& found) {
  return found.st_uid != ::geteuid() && found.st_uid != 0
             ? "it belongs to the user " + std::to_string(found.st_uid)
             : std::string{};
}

std::string flaw_in(int fd, const std::string& path, file_guard guard) {
  struct stat found {};
  if (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) {
    return "it is no file";
  }
  if (guard == file_guard::secret && (found.st_mode & read_by_others) != 0) {
    return "others may read it (mode " + mode_of(found) + "): chmod 600 " + path;
  }
  if ((found.st_mode & written_by_others) != 0) {
    return "others may write to it (mode " + mode_of(found) + "): chmod go-w " + path;
  }
  return guard == file_guard::secret ? flaw_of_owner(found) : std::string{};
}

}  // namespace

result<security::secret> read_guarded_file(const std::string& path, file_guard guard) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return unusable(std::string{"cannot read it: "} + std::strerror(errno));
  }
  const scope_exit close_it{[fd] { ::close(fd); }};
  if (const auto flaw = flaw_in(fd, path, guard); !flaw.empty()) {
    return unusable(flaw);
  }
  security::secret text{most_octets + 1};
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd, text.data() + size, text.size() - size);
    if (got < 0) {
      return unusable(std::strerror(errno));
    }
    if (got == 0) {
      text.truncate(size);
      return text;
    }
    size += static_cast<std::size_t>(got);
  }
  return unusable("it is larger than 64 KiB");
}

std::string flaw_in_directory(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    return std::string{"cannot read it: "} + std::strerror(errno);
  }
  if (!S_ISDIR(found.st_mode)) {
    return "it is no directory";
  }
  if ((found.st_mode & written_by_others) != 0) {
    return "others may write to it (mode " + mode_of(found) + "): chmod go-w " + path;
  }
  return flaw_of_owner(found);
}

}  // namespace kith
