// SPDX-License-Identifier: MPL-2.0
#include "transport/multicast_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

namespace kith::transport {
namespace {

constexpr int receive_buffer = 256 * 1024;  // octets: 500 beacons of 512, a large domain's burst

/// Closes unless it is released.
struct owned_fd {
  int fd;
  explicit owned_fd(int opened) : fd{opened} {}
  owned_fd(const owned_fd&) = delete;
  owned_fd& operator=(const owned_fd&) = delete;
  ~owned_fd() {
    if (fd >= 0) {
      ::close(fd);
    }
  }
  int release() { return std::exchange(fd, -1); }
};

tl::unexpected<error> failed(const char* step) {
  const auto code = errno == EADDRINUSE ? errc::address_in_use : errc::io_error;
  return fail(code, std::string{step} + ": " + std::strerror(errno));
}

template <class T>
bool set(int fd, int level, int option, const T& value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

bool prepare(int fd) {
  const int on = 1;
  set(fd, SOL_SOCKET, SO_RCVBUF, receive_buffer);
  return set(fd, SOL_SOCKET, SO_REUSEADDR, on) && set(fd, SOL_SOCKET, SO_REUSEPORT, on);
}

result<multicast_socket> join_v4(const network_interface& on, const datagram_options& options) {
  owned_fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  sockaddr_in group{};
  group.sin_family = AF_INET;
  group.sin_port = htons(options.port);
  if (socket.fd < 0 || !prepare(socket.fd)) {
    return failed("no socket");
  }
  if (::inet_pton(AF_INET, options.group_v4.c_str(), &group.sin_addr) != 1) {
    return fail(errc::bad_config, options.group_v4 + " is no IPv4 address");
  }
  if (::bind(socket.fd, reinterpret_cast<const sockaddr*>(&group), sizeof group) != 0) {
    return failed("cannot bind the group");
  }
  ip_mreqn membership{};
  membership.imr_multiaddr = group.sin_addr;
  membership.imr_address = reinterpret_cast<const sockaddr_in&>(on.address).sin_addr;
  membership.imr_ifindex = static_cast<int>(on.index);
  const int off = 0;
  const int loop = 1;
  const int hops = on.loopback ? 0 : 1;
  if (!set(socket.fd, IPPROTO_IP, IP_MULTICAST_ALL, off) ||
      !set(socket.fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership)) {
    return failed("cannot join the group");
  }
  if (!set(socket.fd, IPPROTO_IP, IP_MULTICAST_IF, membership) ||
      !set(socket.fd, IPPROTO_IP, IP_MULTICAST_TTL, hops) ||
      !set(socket.fd, IPPROTO_IP, IP_MULTICAST_LOOP, loop)) {
    return failed("cannot send to the group");
  }
  multicast_socket made{socket.release(), on.name, {}, sizeof group};
  std::memcpy(&made.group, &group, sizeof group);
  return made;
}

result<multicast_socket> join_v6(const network_interface& on, const datagram_options& options) {
  owned_fd socket{::socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  owned_fd probe{::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in6 group{};
  group.sin6_family = AF_INET6;
  group.sin6_port = htons(options.port);
  group.sin6_scope_id = on.index;
  const int only = 1;
  if (socket.fd < 0 || !prepare(socket.fd) || !set(socket.fd, IPPROTO_IPV6, IPV6_V6ONLY, only)) {
    return failed("no IPv6 socket");
  }
  if (::inet_pton(AF_INET6, options.group_v6.c_str(), &group.sin6_addr) != 1) {
    return fail(errc::bad_config, options.group_v6 + " is no IPv6 address");
  }
  if (::connect(probe.fd, reinterpret_cast<const sockaddr*>(&group), sizeof group) != 0) {
    return failed("no IPv6 multicast");
  }
  if (::bind(socket.fd, reinterpret_cast<const sockaddr*>(&group), sizeof group) != 0) {
    return failed("cannot bind the group");
  }
  ipv6_mreq membership{};
  membership.ipv6mr_multiaddr = group.sin6_addr;
  membership.ipv6mr_interface = on.index;
  const int index = static_cast<int>(on.index);
  const int off = 0;
  const int hops = on.loopback ? 0 : 1;
  set(socket.fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, off);
  if (!set(socket.fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership) ||
      !set(socket.fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, index) ||
      !set(socket.fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops)) {
    return failed("cannot join the group");
  }
  multicast_socket made{socket.release(), on.name, {}, sizeof group};
  std::memcpy(&made.group, &group, sizeof group);
  return made;
}

}  // namespace

std::vector<network_interface> usable_interfaces(bool loopback_only) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) {
    return {};
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned{all, &::freeifaddrs};
  std::vector<network_interface> usable;
  for (const ifaddrs* i = all; i != nullptr; i = i->ifa_next) {
    const bool loopback = (i->ifa_flags & IFF_LOOPBACK) != 0;
    const int family = i->ifa_addr == nullptr ? 0 : i->ifa_addr->sa_family;
    const bool multicast = loopback || (i->ifa_flags & IFF_MULTICAST) != 0;
    const bool known = std::any_of(usable.begin(), usable.end(), [&](const auto& u) {
      return u.name == i->ifa_name && u.family == family;
    });
    if ((i->ifa_flags & IFF_UP) == 0 || !multicast || known || (loopback_only && !loopback) ||
        (family != AF_INET && family != AF_INET6)) {
      continue;
    }
    network_interface one{i->ifa_name, ::if_nametoindex(i->ifa_name), family, {}, loopback};
    std::memcpy(&one.address, i->ifa_addr,
                family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    usable.push_back(std::move(one));
  }
  return usable;
}

result<multicast_socket> join_group(const network_interface& on, const datagram_options& options) {
  return on.family == AF_INET ? join_v4(on, options) : join_v6(on, options);
}

datagram_source source_of(const sockaddr_storage& from, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  datagram_source source;
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&from), size, host.data(), host.size(),
                    port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
    source.host = host.data();
    std::from_chars(port.data(), port.data() + std::strlen(port.data()), source.port);
  }
  return source;
}

}  // namespace kith::transport
