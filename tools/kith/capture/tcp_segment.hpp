// SPDX-License-Identifier: MPL-2.0
#pragma once

// Finds the TCP segment, or the datagram, in a captured packet: Ethernet with VLAN tags, Linux
// cooked v1 and v2, loopback and raw IP; IPv4, IPv6 and its extension headers. Pure.

#include <compare>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "kith/capture/capture_reader.hpp"

namespace kith::tool::capture {

/// Address and port, as octets of the packet.
struct station {
  bytes address;  ///< 4 or 16 octets
  std::uint16_t port = 0;
  friend auto operator<=>(const station&, const station&) = default;
};
/// "127.0.0.1:5555", "[::1]:5555".
[[nodiscard]] std::string text_of(const station& where);

enum class packet_kind : std::uint8_t {
  tcp,
  udp,
  other,         ///< another protocol
  fragment,      ///< of an IP packet: not put together
  cut,           ///< the capture has too little of it
  unknown_link,  ///< a kind of link that is not known here
};

struct segment {
  packet_kind kind = packet_kind::other;
  station from;
  station to;
  std::uint32_t sequence = 0;  ///< of the payload's first octet, or of SYN
  bool syn = false;
  bool ack = false;
  bool fin = false;
  bool reset = false;
  byte_view payload;          ///< of the record
  std::uint32_t missing = 0;  ///< octets at the payload's end that were not captured
};

[[nodiscard]] segment segment_of(const record& packet);

}  // namespace kith::tool::capture
