// SPDX-License-Identifier: MPL-2.0
#include "base/config_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/config_limits.hpp"
#include "base/scope_exit.hpp"

namespace kith {
namespace {

tl::unexpected<error> cannot_read(const std::string& path, const std::string& why) {
  return fail(errc::io_error, "cannot read " + path + ": " + why);
}

tl::unexpected<error> cannot_read(const std::string& path, int why) {
  return cannot_read(path, std::generic_category().message(why));
}

/// A descriptor that can be read when the span is over. The kernel keeps the time.
int begin_deadline(std::chrono::milliseconds span) {
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer >= 0) {
    itimerspec when{};
    when.it_value.tv_sec = span.count() / 1000;
    when.it_value.tv_nsec = span.count() % 1000 * 1'000'000;
    ::timerfd_settime(timer, 0, &when, nullptr);
  }
  return timer;
}

}  // namespace

result<std::string> read_config_file(const std::string& path, std::chrono::milliseconds patience) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    return cannot_read(path, errno);
  }
  const scope_exit closed{[fd] { ::close(fd); }};
  struct stat what {};
  const bool known = ::fstat(fd, &what) == 0;
  if (known && S_ISDIR(what.st_mode)) {
    return cannot_read(path, "it is a directory; give the file in it");
  }
  const auto span = std::max(patience, std::chrono::milliseconds{1});  // 0 would be for ever
  const int deadline = begin_deadline(span);
  if (deadline < 0) {
    return cannot_read(path, errno);
  }
  const scope_exit over{[deadline] { ::close(deadline); }};
  const bool is_file = known && S_ISREG(what.st_mode);  // ends by itself
  std::string text(most_config_octets + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    std::array<pollfd, 2> either{{{fd, POLLIN, 0}, {is_file ? -1 : deadline, POLLIN, 0}}};
    if (::poll(either.data(), either.size(), -1) < 0) {
      if (errno != EINTR) {
        return cannot_read(path, errno);
      }
      continue;
    }
    if (either[1].revents != 0) {
      return cannot_read(path, "it did not end within " + std::to_string(span.count()) + " ms");
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
