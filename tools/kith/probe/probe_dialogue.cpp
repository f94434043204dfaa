// SPDX-License-Identifier: MPL-2.0
#include "kith/probe/probe_dialogue.hpp"

namespace kith::tool {
namespace {

using zmtp::handshake_flaw;
using zmtp::handshake_phase;

probe_end end_of(handshake_flaw flaw) noexcept {
  switch (flaw) {
    case handshake_flaw::not_zmtp: return probe_end::not_zmtp;
    case handshake_flaw::old_zmtp: return probe_end::old_zmtp;
    case handshake_flaw::plain_wanted: return probe_end::plain_wanted;
    case handshake_flaw::curve_wanted: return probe_end::curve_wanted;
    case handshake_flaw::curve_refused: return probe_end::curve_refused;
    case handshake_flaw::two_clients: return probe_end::two_clients;
    case handshake_flaw::other_mechanism: return probe_end::other_mechanism;
    case handshake_flaw::wrong_server_key: return probe_end::wrong_server_key;
    case handshake_flaw::refused: return probe_end::refused_by_zap;
    case handshake_flaw::types_do_not_fit: return probe_end::types_do_not_fit;
    case handshake_flaw::none:
    case handshake_flaw::broken:
    case handshake_flaw::unreadable_ready: break;
  }
  return probe_end::broken_zmtp;
}

/// Of who hung up, or said no more, in that phase.
probe_end end_of(handshake_phase phase, bool hung_up, bool said_something) noexcept {
  switch (phase) {
    case handshake_phase::greeting:
      return hung_up ? said_something ? probe_end::closed_in_handshake : probe_end::closed_at_once
                     : probe_end::silent;
    case handshake_phase::welcome:  // libzmq hangs up on a HELLO that it cannot open
      return hung_up ? probe_end::wrong_server_key : probe_end::silent_in_handshake;
    case handshake_phase::offered:
    case handshake_phase::initiated:
      return hung_up ? probe_end::closed_in_handshake : probe_end::silent_in_handshake;
    case handshake_phase::ready:
    case handshake_phase::ended: break;
  }
  return probe_end::no_kith;
}

}  // namespace

std::string_view name_of(probe_end end) noexcept {
  switch (end) {
    case probe_end::welcomed: return "welcomed";
    case probe_end::confirmed: return "confirmed";
    case probe_end::ready: return "ready";
    case probe_end::no_kith: return "no_kith";
    case probe_end::refused_by_kith: return "refused_by_kith";
    case probe_end::not_zmtp: return "not_zmtp";
    case probe_end::old_zmtp: return "old_zmtp";
    case probe_end::broken_zmtp: return "broken_zmtp";
    case probe_end::plain_wanted: return "plain_wanted";
    case probe_end::curve_wanted: return "curve_wanted";
    case probe_end::curve_refused: return "curve_refused";
    case probe_end::two_clients: return "two_clients";
    case probe_end::other_mechanism: return "other_mechanism";
    case probe_end::wrong_server_key: return "wrong_server_key";
    case probe_end::refused_by_zap: return "refused_by_zap";
    case probe_end::types_do_not_fit: return "types_do_not_fit";
    case probe_end::closed_at_once: return "closed_at_once";
    case probe_end::closed_in_handshake: return "closed_in_handshake";
    case probe_end::silent: return "silent";
    case probe_end::silent_in_handshake: return "silent_in_handshake";
    case probe_end::no_such_host: return "no_such_host";
    case probe_end::port_closed: return "port_closed";
    case probe_end::unreachable: return "unreachable";
    case probe_end::no_answer: return "no_answer";
    case probe_end::no_such_socket: return "no_such_socket";
    case probe_end::stale_socket: return "stale_socket";
    case probe_end::no_permission: return "no_permission";
    case probe_end::no_socket_here: return "no_socket_here";
  }
  return "";
}

void probe_dialogue::feed(byte_view octets) {
  zmtp_.feed(octets);
  if (zmtp_.phase() == handshake_phase::ended) {
    end_ = end_of(zmtp_.flaw());
  } else if (zmtp_.phase() == handshake_phase::ready && !begun_) {
    begin_kith();
  }
  for (const auto& frame : zmtp_.take_frames()) {
    if (!end_) {
      take_packet(frame.body());
    }
  }
}

void probe_dialogue::begin_kith() {
  begun_ = true;
  const auto type = zmtp::value_of(zmtp_.properties(), "Socket-Type");
  outlet_ = type == "XPUB";
  if (!greeting_.wanted || (type != "ROUTER" && !outlet_) ||
      zmtp_.our_type() != zmtp::partner_of(type)) {
    end_ = probe_end::ready;
    return;
  }
  if (outlet_) {
    zmtp_.send('\x01' + greeting_.nonce_topic + '\0');
    return;
  }
  bytes packet;
  wire::hello hello;
  hello.self = greeting_.self;
  wire::append(packet, hello);
  zmtp_.send(packet);
}

void probe_dialogue::take_packet(byte_view packet) {
  const wire::limits bounds;
  if (!outlet_) {
    take_envelopes(packet);
  } else if (const auto event = wire::split_topic(packet, bounds);
             event && event->topic == greeting_.nonce_topic) {
    take_envelopes(event->envelopes);
  }
}

void probe_dialogue::take_envelopes(byte_view envelopes) {
  const wire::limits bounds;
  wire::envelope_reader reader{envelopes, bounds};
  while (!end_) {
    const auto next = reader.next();
    if (!next) {
      end_ = probe_end::no_kith;
      return;
    }
    if (!*next) {
      return;
    }
    take(**next);
  }
}

void probe_dialogue::take(const wire::envelope& what) {
  if (const auto* const welcome = std::get_if<wire::welcome>(&what); welcome && !outlet_) {
    answer_.welcome = *welcome;
    end_ = probe_end::welcomed;
    bytes packet;
    wire::append(packet, wire::goodbye{"probed"});
    zmtp_.send(packet);
  } else if (const auto* const refuse = std::get_if<wire::refuse>(&what); refuse && !outlet_) {
    answer_.refuse = *refuse;
    end_ = probe_end::refused_by_kith;
  } else if (const auto* const heads = std::get_if<wire::heads>(&what); heads && outlet_) {
    answer_.heads.insert(answer_.heads.end(), heads->entries.begin(), heads->entries.end());
    answer_.confirmed = heads->last;
    end_ = heads->last ? std::optional{probe_end::confirmed} : std::nullopt;
  }
}

probe_end probe_dialogue::end(bool hung_up) const {
  return end_ ? *end_ : end_of(zmtp_.phase(), hung_up, zmtp_.octets_read() > 0);
}

}  // namespace kith::tool
