// SPDX-License-Identifier: MPL-2.0
#include "base/config_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/config_limits.hpp"
#include "base/scope_exit.hpp"

namespace kith {
namespace {

constexpr int patience_ms = 1000;

tl::unexpected<error> cannot_read(const std::string& path, const std::string& why) {
  return fail(errc::io_error, "cannot read " + path + ": " + why);
}

tl::unexpected<error> cannot_read(const std::string& path, int why) {
  return cannot_read(path, std::generic_category().message(why));
}

}  // namespace

result<std::string> read_config_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    return cannot_read(path, errno);
  }
  const scope_exit closed{[fd] { ::close(fd); }};
  struct stat what {};
  if (::fstat(fd, &what) == 0 && S_ISDIR(what.st_mode)) {
    return cannot_read(path, "it is a directory; give the file in it");
  }
  std::string text(most_config_octets + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    pollfd one{fd, POLLIN, 0};
    const int ready = ::poll(&one, 1, patience_ms);
    if (ready < 0 && errno != EINTR) {
      return cannot_read(path, errno);
    }
    if (ready == 0) {
      return cannot_read(path, "nothing came for a second, and it did not end");
    }
    const auto got = ::read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno != EINTR && errno != EAGAIN) {
      return cannot_read(path, errno);
    }
    if (got == 0) {
      break;
    }
    size += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  text.resize(size);
  return text;
}

}  // namespace kith
