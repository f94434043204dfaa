// SPDX-License-Identifier: MPL-2.0
#include "kith/capture/tcp_segment.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace kith::tool::capture {
namespace {

constexpr std::uint16_t ethertype_ipv4 = 0x0800;
constexpr std::uint16_t ethertype_ipv6 = 0x86dd;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::size_t most_extensions = 8;

std::uint8_t octet(byte_view of, std::size_t at) noexcept {
  return static_cast<std::uint8_t>(of[at]);
}
std::uint16_t number_16(byte_view of, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(octet(of, at) << 8U | octet(of, at + 1));
}
std::uint32_t number_32(byte_view of, std::size_t at) noexcept {
  return std::uint32_t{number_16(of, at)} << 16U | number_16(of, at + 2);
}

/// What is left of a packet, and how much of that there really was.
struct rest {
  byte_view octets;
  std::uint64_t length = 0;  ///< at least as many
  bool good = true;

  void drop(std::size_t count) {
    good = good && octets.size() >= count;
    octets.remove_prefix(std::min(count, octets.size()));
    length -= std::min<std::uint64_t>(count, length);
  }
  /// There is no more than that: what is behind is padding.
  void limit(std::uint64_t to) {
    length = std::min(length, to);
    octets = octets.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(to, octets.size())));
  }
  [[nodiscard]] bool has(std::size_t count) const noexcept {
    return good && octets.size() >= count;
  }
};

void past_vlan_tags(rest& at, std::uint16_t& type) {
  while ((type == 0x8100 || type == 0x88a8) && at.has(4)) {
    type = number_16(at.octets, 2);
    at.drop(4);
  }
}

std::uint16_t type_of_version(const rest& at) {
  return at.has(1) && octet(at.octets, 0) >> 4U == 6 ? ethertype_ipv6 : ethertype_ipv4;
}

/// Goes to the IP packet; its ethertype, or 0 for a link that is not known.
std::uint16_t past_link(std::uint32_t link_type, rest& at) {
  std::uint16_t type = 0;
  switch (link_type) {
    case 1:  // Ethernet
      type = at.has(14) ? number_16(at.octets, 12) : 0;
      at.drop(14);
      past_vlan_tags(at, type);
      return type;
    case 113:  // Linux cooked
      type = at.has(16) ? number_16(at.octets, 14) : 0;
      at.drop(16);
      past_vlan_tags(at, type);
      return type;
    case 276:  // Linux cooked v2
      type = at.has(20) ? number_16(at.octets, 0) : 0;
      at.drop(20);
      return type;
    case 0:    // loopback of BSD: an address family, in the order of that machine
    case 108:  // the same, in the order of networks
      at.drop(4);
      return type_of_version(at);
    case 12:
    case 14:
    case 101:  // raw IP
    case 228:
    case 229: return type_of_version(at);
    default: return 0;
  }
}

packet_kind past_ipv4(rest& at, segment& into, std::uint8_t& protocol) {
  if (!at.has(20)) {
    return packet_kind::cut;
  }
  const std::size_t head = (octet(at.octets, 0) & 15U) * std::size_t{4};
  const std::size_t total = number_16(at.octets, 2);
  if (head < 20 || !at.has(head) || (total != 0 && total < head)) {
    return packet_kind::cut;
  }
  if ((number_16(at.octets, 6) & 0x3fffU) != 0) {
    return packet_kind::fragment;
  }
  protocol = octet(at.octets, 9);
  into.from.address = at.octets.substr(12, 4);
  into.to.address = at.octets.substr(16, 4);
  if (total != 0) {  // 0: the card was to cut it into packets
    at.limit(total);
  }
  at.drop(head);
  return packet_kind::tcp;
}

bool is_extension(std::uint8_t protocol) noexcept {
  return protocol == 0 || protocol == 43 || protocol == 60;
}

packet_kind past_ipv6(rest& at, segment& into, std::uint8_t& protocol) {
  if (!at.has(40)) {
    return packet_kind::cut;
  }
  const std::size_t payload = number_16(at.octets, 4);
  protocol = octet(at.octets, 6);
  into.from.address = at.octets.substr(8, 16);
  into.to.address = at.octets.substr(24, 16);
  at.drop(40);
  if (payload != 0) {
    at.limit(payload);
  }
  for (std::size_t i = 0; i < most_extensions && is_extension(protocol); ++i) {
    if (!at.has(8)) {
      return packet_kind::cut;
    }
    protocol = octet(at.octets, 0);
    at.drop((octet(at.octets, 1) + std::size_t{1}) * 8);
  }
  return protocol == 44 ? packet_kind::fragment : at.good ? packet_kind::tcp : packet_kind::cut;
}

void take_ports(const rest& at, segment& into) {
  into.from.port = number_16(at.octets, 0);
  into.to.port = number_16(at.octets, 2);
}

packet_kind take_tcp(rest& at, segment& into) {
  if (!at.has(20)) {
    return packet_kind::cut;
  }
  take_ports(at, into);
  const auto flags = octet(at.octets, 13);
  into.sequence = number_32(at.octets, 4);
  into.fin = (flags & 1U) != 0;
  into.syn = (flags & 2U) != 0;
  into.reset = (flags & 4U) != 0;
  into.ack = (flags & 16U) != 0;
  const std::size_t head = (octet(at.octets, 12) >> 4U) * std::size_t{4};
  at.drop(std::max<std::size_t>(head, 20));
  return at.good ? packet_kind::tcp : packet_kind::cut;
}

packet_kind take_udp(rest& at, segment& into) {
  if (!at.has(8)) {
    return packet_kind::cut;
  }
  take_ports(at, into);
  at.drop(8);
  return packet_kind::udp;
}

}  // namespace

std::string text_of(const station& where) {
  const bool v6 = where.address.size() == 16;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if ((!v6 && where.address.size() != 4) ||
      ::inet_ntop(v6 ? AF_INET6 : AF_INET, where.address.data(), text.data(), text.size()) ==
          nullptr) {
    return {};
  }
  return (v6 ? "[" : "") + std::string{text.data()} + (v6 ? "]:" : ":") +
         std::to_string(where.port);
}

segment segment_of(const record& packet) {
  segment found;
  rest at{packet.octets, std::max<std::uint64_t>(packet.length, packet.octets.size())};
  std::uint8_t protocol = 0;
  const auto type = past_link(packet.link_type, at);
  if (type == 0) {
    found.kind = at.good ? packet_kind::unknown_link : packet_kind::cut;
    return found;
  }
  found.kind = type == ethertype_ipv4   ? past_ipv4(at, found, protocol)
               : type == ethertype_ipv6 ? past_ipv6(at, found, protocol)
                                        : packet_kind::other;
  if (found.kind != packet_kind::tcp) {
    return found;
  }
  found.kind = protocol == protocol_tcp   ? take_tcp(at, found)
               : protocol == protocol_udp ? take_udp(at, found)
                                          : packet_kind::other;
  if (found.kind == packet_kind::tcp || found.kind == packet_kind::udp) {
    found.payload = at.octets;
    found.missing = static_cast<std::uint32_t>(at.length - at.octets.size());
  }
  return found;
}

}  // namespace kith::tool::capture
