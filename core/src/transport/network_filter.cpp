// SPDX-License-Identifier: MPL-2.0
#include "transport/network_filter.hpp"

#include <algorithm>
#include <cstddef>

#include <netinet/ip.h>
#include <netinet/ip6.h>

namespace kith::transport {
namespace {

// A TCP socket's program sees the TCP header first; this is where the one of IP is.
constexpr auto ip_header = static_cast<std::uint32_t>(SKF_NET_OFF);
constexpr std::uint32_t v4_source = ip_header + offsetof(iphdr, saddr);
constexpr std::uint32_t v6_source = ip_header + offsetof(ip6_hdr, ip6_src);
constexpr std::uint32_t pass = 0xffffffff;
constexpr std::uint32_t drop = 0;

sock_filter step(unsigned code, std::uint32_t operand, std::uint8_t if_so = 0,
                 std::uint8_t if_not = 0) noexcept {
  return {static_cast<std::uint16_t>(code), if_so, if_not, operand};
}
sock_filter load(std::uint32_t from) noexcept {
  return step(BPF_LD | BPF_W | BPF_ABS, from);
}
/// Goes on when it is that, or past the next `other` steps.
sock_filter when(std::uint32_t value, std::uint8_t other) noexcept {
  return step(BPF_JMP | BPF_JEQ | BPF_K, value, 0, other);
}
sock_filter end(std::uint32_t verdict) noexcept {
  return step(BPF_RET | BPF_K, verdict);
}

constexpr bool is_v4(std::uint64_t network) noexcept {
  return network != 0 && network >> 32 == 0;
}

}  // namespace

std::vector<sock_filter> program_against(std::span<const std::uint64_t> networks) {
  const auto some = networks.first(std::min(networks.size(), most_filtered));
  std::vector<sock_filter> v4{load(v4_source)};
  std::vector<sock_filter> v6;
  for (const auto one : some) {
    const auto low = static_cast<std::uint32_t>(one);
    if (is_v4(one)) {
      v4.insert(v4.end(), {when(low, 1), end(drop)});
    } else {
      const auto high = static_cast<std::uint32_t>(one >> 32);
      v6.insert(v6.end(), {load(v6_source), when(high, 3), load(v6_source + sizeof high),
                           when(low, 1), end(drop)});
    }
  }
  v4.push_back(end(pass));
  v6.push_back(end(pass));
  constexpr std::uint32_t version_bits = 4;
  std::vector<sock_filter> all{step(BPF_LD | BPF_B | BPF_ABS, ip_header),
                               step(BPF_ALU | BPF_RSH | BPF_K, version_bits), when(6, 1),
                               step(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(v4.size()))};
  all.insert(all.end(), v4.begin(), v4.end());
  all.insert(all.end(), v6.begin(), v6.end());
  return all;
}

}  // namespace kith::transport
