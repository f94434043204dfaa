// SPDX-License-Identifier: MPL-2.0
#include "node/notify_socket.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

namespace kith::detail {
namespace {

constexpr timeval patience{.tv_sec = 0, .tv_usec = 200'000};

std::string_view variable(const char* name) noexcept {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

std::uint64_t number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  return wrong == std::errc{} && end == text.data() + text.size() ? value : 0;
}

tl::unexpected<error> cannot_tell(const std::string& socket, const std::string& why) {
  return fail(errc::io_error, "NOTIFY_SOCKET=" + socket + ": " + why);
}

}  // namespace

notify_socket notify_socket::of_this_process() {
  const auto pid = variable("WATCHDOG_PID");
  const bool watched = pid.empty() || number(pid) == static_cast<std::uint64_t>(::getpid());
  const auto usec = watched ? number(variable("WATCHDOG_USEC")) : 0;
  return {std::string{variable("NOTIFY_SOCKET")},
          std::chrono::microseconds{static_cast<std::int64_t>(usec)}};
}

notify_socket::notify_socket(std::string socket, duration watchdog)
    : socket_{std::move(socket)}, watchdog_{watchdog} {}

result<void> notify_socket::tell(std::string_view lines) const {
  if (!listens()) {
    return {};
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) {
    return cannot_tell(socket_, "longer than a socket's path may be");
  }
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') {
    address.sun_path[0] = '\0';
  }
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const auto sent = ::sendto(fd, lines.data(), lines.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), size);
  const int why = errno;
  if (fd >= 0) {
    ::close(fd);
  }
  if (sent < 0) {
    return cannot_tell(socket_, std::generic_category().message(why));
  }
  return {};
}

}  // namespace kith::detail
