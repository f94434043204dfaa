// SPDX-License-Identifier: MPL-2.0
#include "transport/listening_socket.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "transport/socket_owner.hpp"

namespace {

namespace fs = std::filesystem;
using kith::errc;
using kith::transport::listening_socket;

class ListeningSocket : public testing::Test {
 protected:
  ~ListeningSocket() override { fs::remove_all(directory_); }
  std::string path(const std::string& name) const { return (directory_ / name).string(); }
  std::string ipc(const std::string& name) const { return "ipc://" + path(name); }

 private:
  fs::path directory_ = [] {
    std::string pattern = (fs::temp_directory_path() / "kith-listen-XXXXXX").string();
    return fs::path{::mkdtemp(pattern.data())};
  }();
};

TEST_F(ListeningSocket, GivesTheRealPort) {
  const auto bound = listening_socket::bind("tcp://127.0.0.1:*");
  ASSERT_TRUE(bound);
  EXPECT_FALSE((*bound)->endpoint().ends_with(":0"));
  EXPECT_TRUE((*bound)->endpoint().starts_with("tcp://127.0.0.1:"));
}

TEST_F(ListeningSocket, BindsIpv6) {
  const auto bound = listening_socket::bind("tcp://[::1]:*");
  ASSERT_TRUE(bound) << bound.error().message;
  EXPECT_TRUE((*bound)->is_ipv6());
}

TEST_F(ListeningSocket, NamesWhoHoldsThePort) {
  const auto first = listening_socket::bind("tcp://127.0.0.1:*");
  const auto second = listening_socket::bind((*first)->endpoint());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what(), errc::address_in_use);
  EXPECT_EQ(second.error().message, "cannot bind " + (*first)->endpoint() + ": address in use by " +
                                        kith::transport::describe_process(::getpid()));
}

TEST_F(ListeningSocket, BindsTheLongestPathThatIsAnEndpoint) {
  const auto longest = path("") + std::string(107 - path("").size(), 'x');
  const auto bound = listening_socket::bind("ipc://" + longest);
  ASSERT_TRUE(bound) << bound.error().message;
  EXPECT_EQ((*bound)->endpoint(), "ipc://" + longest);
  EXPECT_TRUE(fs::is_socket(longest));
}

TEST_F(ListeningSocket, LocksAnIpcPathAgainstASecondOne) {
  const auto first = listening_socket::bind(ipc("inbox"));
  ASSERT_TRUE(first) << first.error().message;
  const auto second = listening_socket::bind(ipc("inbox"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what(), errc::address_in_use);
  EXPECT_TRUE(fs::exists(path("inbox")));
}

TEST_F(ListeningSocket, LeavesNothingBehind) {
  listening_socket::bind(ipc("inbox"))->reset();
  EXPECT_FALSE(fs::exists(path("inbox")));
  EXPECT_FALSE(fs::exists(path("inbox.lock")));
  EXPECT_TRUE(listening_socket::bind(ipc("inbox")));
}

TEST_F(ListeningSocket, AFailedBindLeavesTheHoldersFileAlone) {
  const auto first = listening_socket::bind(ipc("inbox"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(listening_socket::bind(ipc("inbox")));
  }
  EXPECT_TRUE(fs::exists(path("inbox")));
  EXPECT_TRUE(fs::exists(path("inbox.lock")));
}

TEST_F(ListeningSocket, RefusesAPathThatDoesNotFit) {
  const auto bound = listening_socket::bind(ipc(std::string(120, 'x')));
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().what(), errc::bad_config);
}

TEST_F(ListeningSocket, SaysWhyADirectoryCannotBeMade) {
  const auto bound = listening_socket::bind(ipc("no/such/inbox"));
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().what(), errc::io_error);
}

TEST_F(ListeningSocket, TurnsAwayWhoWaits) {
  const auto bound = listening_socket::bind(ipc("inbox"));
  ASSERT_TRUE(bound);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path("inbox").copy(address.sun_path, sizeof address.sun_path - 1);
  const int dialer = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::connect(dialer, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ((*bound)->turn_away(), 1U);
  EXPECT_EQ((*bound)->turn_away(), 0U);
  char octet = 0;
  EXPECT_EQ(::recv(dialer, &octet, 1, 0), 0) << "closed";
  ::close(dialer);
}

TEST_F(ListeningSocket, KnowsNoOwnerOfAFreePort) {
  EXPECT_EQ(kith::transport::owner_of_port(1), "");
  EXPECT_EQ(kith::transport::describe_process(-1), "");
}

}  // namespace
