// SPDX-License-Identifier: MPL-2.0
#include "node/key_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kith {
namespace {

constexpr std::size_t most_octets = std::size_t{64} * 1024;

tl::unexpected<error> wrong(const std::string& path, const std::string& what) {
  return fail(errc::bad_config, "keys: " + path + ": " + what, outcome::not_sent, "keys");
}

std::string flaw_in(int fd, const std::string& path) {
  struct stat found {};
  if (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) {
    return "it is no file";
  }
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", static_cast<unsigned>(found.st_mode & 07777U));
    return std::string{"others may read it (mode "} + mode.data() + "): chmod 600 " + path;
  }
  if (found.st_uid != ::geteuid() && found.st_uid != 0) {
    return "it belongs to the user " + std::to_string(found.st_uid);
  }
  return {};
}

result<std::string> read_all(int fd, const std::string& path) {
  std::string text;
  std::array<char, 4096> part{};
  while (text.size() <= most_octets) {
    const ssize_t got = ::read(fd, part.data(), part.size());
    if (got == 0) {
      return text;
    }
    if (got < 0) {
      return wrong(path, std::strerror(errno));
    }
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return wrong(path, "it is larger than 64 KiB");
}

}  // namespace

result<std::shared_ptr<const security::keyring>> read_key_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return wrong(path, std::string{"cannot read it: "} + std::strerror(errno));
  }
  const auto flaw = flaw_in(fd, path);
  const auto text = flaw.empty() ? read_all(fd, path) : wrong(path, flaw);
  ::close(fd);
  if (!text) {
    return tl::make_unexpected(text.error());
  }
  auto ring = security::keyring::parse(*text, path);
  if (!ring) {
    return fail(errc::bad_config, "keys: " + ring.error().message, outcome::not_sent, "keys");
  }
  return std::make_shared<const security::keyring>(std::move(*ring));
}

}  // namespace kith
