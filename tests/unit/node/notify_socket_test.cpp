// SPDX-License-Identifier: MPL-2.0
#include "node/notify_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace kith::detail {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Hears what is sent to an abstract name of this test's own.
class listener {
 public:
  listener() : name_{"@kith-unit-" + std::to_string(::getpid())} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;
  ~listener() { ::close(fd_); }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::string heard() const {
    std::array<char, 256> buffer{};
    const auto size = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }

 private:
  int fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  std::string name_;
};

/// A variable of the process for as long as this lives.
class variable {
 public:
  variable(const char* name, const std::string& value) : name_{name} {
    ::setenv(name, value.c_str(), 1);
  }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;
  ~variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

TEST(NotifySocket, IsToldWhatItAskedToHear) {
  const listener there;
  const variable socket{"NOTIFY_SOCKET", there.name()};
  const auto starter = notify_socket::of_this_process();
  EXPECT_TRUE(starter.listens());
  EXPECT_TRUE(starter.tell("READY=1\nSTATUS=it listens").has_value());
  EXPECT_EQ(there.heard(), "READY=1\nSTATUS=it listens");
}

TEST(NotifySocket, IsOftenNobody) {
  ::unsetenv("NOTIFY_SOCKET");
  const auto nobody = notify_socket::of_this_process();
  EXPECT_FALSE(nobody.listens());
  EXPECT_TRUE(nobody.tell("READY=1").has_value());
  EXPECT_EQ(nobody.watchdog_interval(), 0s);
}

TEST(NotifySocket, ThatIsGoneIsAnErrorAndNotTheEnd) {
  for (const auto& socket : {std::string{"/nowhere/notify"}, std::string{"@kith-nobody-binds-this"},
                             std::string(200, 'x')}) {
    const auto told = notify_socket{socket, {}}.tell("READY=1");
    ASSERT_FALSE(told.has_value()) << socket;
    EXPECT_THAT(told.error().message, HasSubstr("NOTIFY_SOCKET=" + socket + ": "));
  }
}

TEST(NotifySocket, WatchesTheProcessItNamesTwiceInItsTime) {
  const variable time{"WATCHDOG_USEC", "3000000"};
  EXPECT_EQ(notify_socket::of_this_process().watchdog_interval(), 1500ms);
  const variable other{"WATCHDOG_PID", "1"};
  EXPECT_EQ(notify_socket::of_this_process().watchdog_interval(), 0s);
  const variable ours{"WATCHDOG_PID", std::to_string(::getpid())};
  EXPECT_EQ(notify_socket::of_this_process().watchdog_interval(), 1500ms);
  for (const auto* const wrong : {"", "soon", "-1", "99999999999999999999"}) {
    const variable none{"WATCHDOG_USEC", wrong};
    EXPECT_EQ(notify_socket::of_this_process().watchdog_interval(), 0s) << wrong;
  }
}

}  // namespace
}  // namespace kith::detail
