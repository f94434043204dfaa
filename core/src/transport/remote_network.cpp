// SPDX-License-Identifier: MPL-2.0
#include "transport/remote_network.hpp"

#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace kith::transport {
namespace {

constexpr int octets_of_network = 8;

std::uint64_t network_of(const in6_addr& address) noexcept {
  const auto* const octets = static_cast<const std::uint8_t*>(address.s6_addr);
  const bool is_v4 = IN6_IS_ADDR_V4MAPPED(&address);
  const int first = is_v4 ? 12 : 0;
  const int last = is_v4 ? 16 : octets_of_network;
  std::uint64_t network = 0;
  for (int i = first; i < last; ++i) {
    network = network << 8 | octets[i];
  }
  return network;
}

}  // namespace

std::optional<std::uint64_t> network_of(int fd) noexcept {
  sockaddr_storage at{};
  socklen_t size = sizeof at;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    return std::nullopt;
  }
  switch (at.ss_family) {
    case AF_INET: return ntohl(reinterpret_cast<const sockaddr_in&>(at).sin_addr.s_addr);
    case AF_INET6: return network_of(reinterpret_cast<const sockaddr_in6&>(at).sin6_addr);
    default: return std::nullopt;
  }
}

std::optional<std::uint64_t> network_of(const std::string& address) noexcept {
  in_addr v4{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    return ntohl(v4.s_addr);
  }
  in6_addr v6{};
  // What is behind a "%" names an interface.
  if (::inet_pton(AF_INET6, address.substr(0, address.find('%')).c_str(), &v6) == 1) {
    return network_of(v6);
  }
  return std::nullopt;
}

std::string name_of_network(std::uint64_t network) {
  if (network == 0) {
    return "::1";
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (network >> 32 == 0) {
    const in_addr v4{htonl(static_cast<std::uint32_t>(network))};
    return ::inet_ntop(AF_INET, &v4, text.data(), text.size());
  }
  in6_addr v6{};
  for (int i = 0; i < octets_of_network; ++i) {
    v6.s6_addr[i] = static_cast<std::uint8_t>(network >> (8 * (octets_of_network - 1 - i)));
  }
  return std::string{::inet_ntop(AF_INET6, &v6, text.data(), text.size())} + "/64";
}

}  // namespace kith::transport
