// SPDX-License-Identifier: MPL-2.0
#include "wire/envelope.hpp"

#include "base/utf8.hpp"

namespace kith::wire {

std::string_view name_of(kind k) noexcept {
  switch (k) {
    case kind::hello: return "hello";
    case kind::welcome: return "welcome";
    case kind::refuse: return "refuse";
    case kind::ping: return "ping";
    case kind::pong: return "pong";
    case kind::request: return "request";
    case kind::reply: return "reply";
    case kind::error: return "error";
    case kind::cancel: return "cancel";
    case kind::credit: return "credit";
    case kind::event: return "event";
    case kind::heads: return "heads";
    case kind::item: return "item";
    case kind::goodbye: return "goodbye";
  }
  return "unknown";
}

bool counts(const envelope& value) noexcept {
  return std::visit([]<class Envelope>(const Envelope& /*one*/) { return is_counted<Envelope>; },
                    value);
}

result<topic_packet> split_topic(byte_view packet, const limits& bounds) {
  if (packet.size() > bounds.largest_packet()) {
    return fail(errc::too_large, "an event packet of " + std::to_string(packet.size()) +
                                     " octets, expected at most " +
                                     std::to_string(bounds.largest_packet()));
  }
  // One octet past the limit is looked at, so that a packet without a zero costs no long search.
  const auto zero = packet.substr(0, bounds.name_bytes + 1).find('\0');
  if (zero == byte_view::npos) {
    if (packet.size() > bounds.name_bytes) {
      return fail(errc::too_large, "an event packet's topic of more than " +
                                       std::to_string(bounds.name_bytes) + " octets");
    }
    return fail(errc::malformed, "an event packet without the zero octet after its topic");
  }
  const auto topic = packet.substr(0, zero);
  if (topic.empty() || !is_utf8(topic)) {
    return fail(errc::malformed, topic.empty() ? "an event packet without a topic"
                                               : "an event packet's topic is not UTF-8");
  }
  return topic_packet{topic, packet.substr(zero + 1)};
}

}  // namespace kith::wire
