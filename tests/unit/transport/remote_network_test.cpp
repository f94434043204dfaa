// SPDX-License-Identifier: MPL-2.0
#include "transport/remote_network.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace {

using kith::transport::name_of_network;
using kith::transport::network_of;

TEST(RemoteNetwork, HasAName) {
  EXPECT_EQ(name_of_network(0x0a000007), "10.0.0.7");
  EXPECT_EQ(name_of_network(0x20010db800010002), "2001:db8:1:2::/64");
  EXPECT_EQ(name_of_network(0), "::1");
}

TEST(RemoteNetwork, IsThatOfAnAddress) {
  EXPECT_EQ(network_of(std::string{"10.0.0.7"}), 0x0a000007U);
  EXPECT_EQ(network_of(std::string{"::ffff:10.0.0.7"}), 0x0a000007U);
  EXPECT_EQ(network_of(std::string{"2001:db8:1:2:3:4:5:6"}), 0x20010db800010002U);
  EXPECT_EQ(network_of(std::string{"fe80::1%eth0"}), 0xfe80000000000000U);
  EXPECT_EQ(network_of(std::string{}), std::nullopt);
  EXPECT_EQ(network_of(std::string{"plant.example"}), std::nullopt);
}

TEST(RemoteNetwork, IsThatOfTheOtherEnd) {
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listening, plain, size), 0);
  ASSERT_EQ(::listen(listening, 1), 0);
  ASSERT_EQ(::getsockname(listening, plain, &size), 0);
  const int dialled = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(dialled, plain, size), 0);
  const int accepted = ::accept(listening, nullptr, nullptr);
  EXPECT_EQ(network_of(accepted), 0x7f000001U);
  EXPECT_EQ(network_of(listening), std::nullopt);
  for (const int fd : {accepted, dialled, listening}) {
    ::close(fd);
  }
  EXPECT_EQ(network_of(accepted), std::nullopt);
}

TEST(RemoteNetwork, IsNoneOfASocketFile) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  EXPECT_EQ(network_of(ends[0]), std::nullopt);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
