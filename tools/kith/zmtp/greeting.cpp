// SPDX-License-Identifier: MPL-2.0
#include "kith/zmtp/greeting.hpp"

#include <algorithm>
#include <array>

namespace kith::tool::zmtp {
namespace {

constexpr std::size_t mechanism_at = 12;
constexpr std::size_t mechanism_size = 20;
constexpr std::size_t as_server_at = 32;

struct opening {
  std::string_view octets;
  speech what;
};
using namespace std::string_view_literals;
constexpr std::array openings{
    opening{"HTTP/"sv, speech::http},       opening{"GET "sv, speech::http},
    opening{"POST "sv, speech::http},       opening{"PRI * HTTP/2"sv, speech::http2},
    opening{"SSH-"sv, speech::ssh},         opening{"-ERR"sv, speech::redis},
    opening{"INFO {"sv, speech::nats},      opening{"AMQP"sv, speech::amqp},
    opening{"\x15\x03"sv, speech::tls},     opening{"\x16\x03"sv, speech::tls},
    opening{"\x20\x02\x00"sv, speech::mqtt}};

bool is_printable(char c) noexcept {
  return (c >= ' ' && c <= '~') || c == '\r' || c == '\n' || c == '\t';
}

/// SETTINGS of stream 0, which is what an HTTP/2 server says first.
bool is_http2_settings(byte_view first) noexcept {
  return first.size() >= 9 && first[0] == 0 && first[3] == 4 && (octet_at(first, 4) & 0xfeU) == 0 &&
         first.substr(5, 4) == "\0\0\0\0"sv;
}

speech recognise_versioned(byte_view first) noexcept {
  if (first.size() < signature_size) {
    return speech::undecided;
  }
  if ((octet_at(first, 9) & 1U) == 0) {
    return speech::zmtp1;  // ff: a frame of ZMTP 1 with a long size
  }
  if (first.size() == signature_size) {
    return speech::undecided;
  }
  const auto version = octet_at(first, signature_size);
  return version == 0 ? speech::unknown : version < 3 ? speech::zmtp2 : speech::zmtp3;
}

}  // namespace

bytes encode(const greeting& what) {
  bytes octets(greeting_size, '\0');
  octets[0] = '\xff';
  octets[8] = '\x01';  // as libzmq has it: to ZMTP 1 these ten are the identity of nobody
  octets[9] = '\x7f';
  octets[10] = static_cast<char>(what.major);
  octets[11] = static_cast<char>(what.minor);
  std::copy_n(what.mechanism.begin(), std::min(what.mechanism.size(), mechanism_size),
              octets.begin() + mechanism_at);
  octets[as_server_at] = what.as_server ? '\x01' : '\0';
  return octets;
}

greeting decode_greeting(byte_view octets) {
  const auto name = octets.substr(mechanism_at, mechanism_size);
  return {octet_at(octets, 10), octet_at(octets, 11), std::string{name.substr(0, name.find('\0'))},
          octets[as_server_at] != '\0'};
}

speech recognise(byte_view first) noexcept {
  if (first.empty()) {
    return speech::undecided;
  }
  if (octet_at(first, 0) == 0xff) {
    return recognise_versioned(first);
  }
  bool may_become = false;
  for (const auto& one : openings) {
    if (first.substr(0, one.octets.size()) == one.octets) {
      return one.what;
    }
    may_become = may_become || one.octets.substr(0, first.size()) == first;
  }
  if (may_become) {
    return speech::undecided;
  }
  if (first[0] == 0) {
    return first.size() < 9           ? speech::undecided
           : is_http2_settings(first) ? speech::http2
                                      : speech::unknown;
  }
  if (std::all_of(first.begin(), first.end(), is_printable)) {
    return speech::text;
  }
  // The identity: a short frame, and none follows it.
  const bool short_frame = octet_at(first, 0) < 0x20;
  return first.size() == 1 && short_frame            ? speech::undecided
         : short_frame && octet_at(first, 1) == 0x00 ? speech::zmtp1
                                                     : speech::unknown;
}

std::string_view name_of(speech what) noexcept {
  switch (what) {
    case speech::undecided: return "too little to tell";
    case speech::zmtp1: return "ZMTP 1";
    case speech::zmtp2: return "ZMTP 2";
    case speech::zmtp3: return "ZMTP 3";
    case speech::http: return "HTTP";
    case speech::http2: return "HTTP/2";
    case speech::tls: return "TLS";
    case speech::ssh: return "SSH";
    case speech::redis: return "Redis";
    case speech::nats: return "NATS";
    case speech::amqp: return "AMQP";
    case speech::mqtt: return "MQTT";
    case speech::text: return "a protocol of text";
    case speech::unknown: break;
  }
  return "something that is no ZMTP";
}

}  // namespace kith::tool::zmtp
