// SPDX-License-Identifier: MPL-2.0
// What the kernel makes of the program, with real connections.

#include "transport/network_filter.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "transport/listening_socket.hpp"

namespace {

using kith::transport::listening_socket;
using kith::transport::program_against;

constexpr std::uint64_t nine = 0x7f000009;
constexpr std::uint64_t ten = 0x7f00000a;

class NetworkFilter : public testing::Test {
 protected:
  ~NetworkFilter() override {
    for (const int fd : open_) {
      ::close(fd);
    }
  }
  /// From that address of this machine; whether it is there within a moment.
  bool connects(const char* from, int* as = nullptr) {
    const int fd = open_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    sockaddr_in here{};
    here.sin_family = AF_INET;
    ::inet_pton(AF_INET, from, &here.sin_addr);
    EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here), 0);
    auto there = here;
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    there.sin_port = htons(kith::endpoint::parse(door_->endpoint())->port.value_or(0));
    ::connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there);
    pollfd asked{fd, POLLOUT, 0};
    if (as != nullptr) {
      *as = fd;
    }
    return ::poll(&asked, 1, 100) == 1 && (asked.revents & POLLOUT) != 0;
  }

  std::unique_ptr<listening_socket> door_ = *listening_socket::bind("tcp://127.0.0.1:*");
  std::vector<int> open_;
};

TEST_F(NetworkFilter, DropsWhatComesFromThoseNetworks) {
  const std::uint64_t some[] = {0x20010db800010002, ten, 0, nine};
  door_->shut_out(some);
  EXPECT_FALSE(connects("127.0.0.9"));
  EXPECT_FALSE(connects("127.0.0.10"));
  EXPECT_TRUE(connects("127.0.0.1"));
  EXPECT_TRUE(connects("127.0.0.11"));
  door_->shut_out({});
  EXPECT_TRUE(connects("127.0.0.9"));
}

TEST_F(NetworkFilter, LeavesConnectionsThatAreThereAlone) {
  int standing = -1;
  ASSERT_TRUE(connects("127.0.0.9", &standing));
  const std::uint64_t some[] = {nine};
  door_->shut_out(some);
  EXPECT_FALSE(connects("127.0.0.9"));
  const int listening = open_.emplace_back(door_->duplicate());
  const int accepted = open_.emplace_back(::accept(listening, nullptr, nullptr));
  ASSERT_EQ(::send(standing, "hello", 5, 0), 5);
  std::array<char, 5> heard{};
  pollfd asked{accepted, POLLIN, 0};
  ASSERT_EQ(::poll(&asked, 1, 1000), 1);
  EXPECT_EQ(::recv(accepted, heard.data(), heard.size(), 0), 5);
}

TEST_F(NetworkFilter, KnowsNetworksOfIPv6) {
  const auto door = listening_socket::bind("tcp://[::1]:*");
  if (!door) {
    return;  // this machine has none
  }
  sockaddr_in6 there{};
  there.sin6_family = AF_INET6;
  there.sin6_addr = in6addr_loopback;
  there.sin6_port = htons(kith::endpoint::parse((*door)->endpoint())->port.value_or(0));
  const auto connects = [&] {
    const int fd = open_.emplace_back(::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0));
    ::connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there);
    pollfd asked{fd, POLLOUT, 0};
    return ::poll(&asked, 1, 100) == 1;
  };
  const std::uint64_t others[] = {0x20010db800010002, 1};
  (*door)->shut_out(others);
  EXPECT_TRUE(connects());
  const std::uint64_t own[] = {0x20010db800010002, 0};
  (*door)->shut_out(own);
  EXPECT_FALSE(connects());
}

TEST_F(NetworkFilter, IsShortEnoughForTheKernelHoweverManyThereAre) {
  std::vector<std::uint64_t> many;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    many.push_back(i << 40);
  }
  many.insert(many.begin(), nine);
  EXPECT_LE(program_against(many).size(), 4096U);
  door_->shut_out(many);
  EXPECT_FALSE(connects("127.0.0.9"));
  EXPECT_TRUE(connects("127.0.0.1"));
}

}  // namespace
