// SPDX-License-Identifier: MPL-2.0
#include "kith/decode/capture_decoder.hpp"

#include <algorithm>

#include "discovery/beacon.hpp"

namespace kith::tool {
namespace {

/// Whether what was read first in the midst of a stream may be a frame at all is chance: it is left
/// alone.
constexpr auto joined_text =
    "the capture begins in the midst of this direction: it cannot be told where a frame begins";

decoded_place place_of(const capture::direction& of, std::int64_t time_us, std::uint64_t offset) {
  return {time_us, of.connection, text_of(of.from), text_of(of.to), offset};
}

}  // namespace

capture_decoder::capture_decoder(std::optional<std::uint16_t> port, listener heard)
    : port_{port}, heard_{std::move(heard)}, streams_{[this](const auto& event) {
        take_event(event);
      }} {}

void capture_decoder::feed(byte_view octets) {
  std::vector<capture::record> records;
  reader_.feed(octets, records);
  for (const auto& one : records) {
    take(one);
  }
}

void capture_decoder::end() {
  reader_.end();
  streams_.end();
  for (auto& [number, on] : connections_) {
    for (auto* const at : {&on.client, &on.server}) {
      std::vector<zmtp::part> parts;
      at->parser.end(parts);
      if (!at->joined) {
        say(on, *at, parts);
      }
    }
  }
}

void capture_decoder::take(const capture::record& packet) {
  ++counts_.packets;
  const auto what = capture::segment_of(packet);
  switch (what.kind) {
    case capture::packet_kind::fragment: ++counts_.fragments; return;
    case capture::packet_kind::cut: ++counts_.cut; return;
    case capture::packet_kind::unknown_link: ++counts_.unknown_links; return;
    case capture::packet_kind::other: return;
    case capture::packet_kind::tcp:
    case capture::packet_kind::udp: break;
  }
  if (port_ && what.from.port != *port_ && what.to.port != *port_) {
    return;
  }
  if (what.kind == capture::packet_kind::tcp) {
    streams_.take(what, packet.time_us);
  } else {
    take_datagram(what, packet.time_us);
  }
}

void capture_decoder::take_datagram(const capture::segment& what, std::int64_t time_us) {
  if (!discovery::looks_like_beacon(what.payload)) {
    return;
  }
  explained said;
  said.kind = "beacon";
  const auto beacon = discovery::decode(what.payload);
  said.heading = beacon ? "beacon of " + beacon->instance + ", domain " + beacon->domain : "beacon";
  said.good = note_beacon(what.payload, said.octets);
  ++counts_.parts;
  counts_.bad += said.good ? 0 : 1;
  heard_({time_us, 0, text_of(what.from), text_of(what.to), 0}, said);
}

void capture_decoder::take_event(const capture::stream_event& event) {
  auto& on = connections_[event.of.connection];
  auto& at = event.of.from_client ? on.client : on.server;
  at.of = event.of;
  at.last_us = event.time_us;
  std::vector<zmtp::part> parts;
  switch (event.kind) {
    case capture::stream_event_kind::opened: return;
    case capture::stream_event_kind::joined:
      at.joined = true;
      remark(event, joined_text, false);
      return;
    case capture::stream_event_kind::octets: at.parser.feed(event.octets, parts); break;
    case capture::stream_event_kind::missing:
      remark(event, std::to_string(event.count) + " octets are missing in the capture", false);
      at.parser.lose(event.count, parts);
      break;
    case capture::stream_event_kind::closed: at.parser.end(parts); break;
    case capture::stream_event_kind::reset: break;
  }
  if (!at.joined) {
    say(on, at, parts);
  }
  if (event.kind == capture::stream_event_kind::reset) {
    remark(event, "connection reset", true);
  } else if (event.kind == capture::stream_event_kind::closed) {
    remark(event, "connection closed", true);
  }
}

void capture_decoder::say(connection& on, side& at, const std::vector<zmtp::part>& parts) {
  auto& other = &at == &on.client ? on.server : on.client;
  for (const auto& part : parts) {
    at.explainer.assume_partner_of(other.explainer.socket_type());
    const auto said = at.explainer.explain(part);
    ++counts_.parts;
    counts_.bad += said.good ? 0 : 1;
    heard_(place_of(at.of, at.last_us, part.offset), said);
  }
}

void capture_decoder::remark(const capture::stream_event& event, std::string heading, bool good) {
  counts_.bad += good ? 0 : 1;
  heard_(place_of(event.of, event.time_us, 0), {std::move(heading), "remark", {}, good});
}

decode_counts capture_decoder::counts() const {
  auto all = counts_;
  const auto& counted = streams_.counters();
  all.connections = connections_.size();
  all.missing = counted.missing;
  all.repeated = counted.repeated;
  all.out_of_order = counted.out_of_order;
  return all;
}

}  // namespace kith::tool
