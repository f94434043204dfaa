// SPDX-License-Identifier: MPL-2.0
#pragma once

// Octets with what they mean beside them, as the dumps on docs/protocol.md:
//
//   92                                               ; a list of 2
//   09                                               ; kind 9: cancel
//   07                                               ; id 7

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace kith::tool {

struct note {
  bytes octets;
  std::string text;
};
using notes = std::vector<note>;

/// Rows of 16 octets, the meaning beside the first one, `indent` blanks before each. Of a longer
/// run than `most_octets` the rest is said by its number.
[[nodiscard]] std::string text_of(const notes& all, std::size_t indent = 0,
                                  std::size_t most_octets = 256);

/// The envelopes of a packet, back to back. False when they are no kith/1: the last note then is of
/// what is left, and says what is wrong.
bool note_packet(byte_view packet, notes& into);
/// The same of an event packet: topic, zero octet, envelopes.
bool note_event_packet(byte_view packet, notes& into);
/// A beacon.
bool note_beacon(byte_view datagram, notes& into);
/// Any MessagePack value. False when it is none, or more follows.
bool note_value(byte_view value, notes& into);

}  // namespace kith::tool
