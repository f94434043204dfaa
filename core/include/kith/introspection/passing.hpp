// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What passes a node, as its flight recorder has it. A part of kith/introspection.hpp.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/contract.hpp>

namespace kith {

/// What a tap shows. Each condition that is left out is none; those that are given hold together.
struct tap_request {
  std::vector<std::string> peers{};  ///< services, instances, or first digits of ids
  std::vector<std::string> kinds{};  ///< of envelopes: "request", "reply", "error", "event" ...
  std::vector<std::string> names{};  ///< methods and topics that begin so
  std::uint64_t id = 0;              ///< number of a call, or sequence of an event
  std::string trace{};               ///< 32 digits
  std::uint64_t min_octets = 0;      ///< of the envelope
  std::int64_t min_latency_us = 0;   ///< of answers
  bool errors = false;               ///< only what went wrong
  bool all = false;                  ///< what keeps links and the names of `kith.`, too
  bool past = false;                 ///< first what the flight recorder still has
  bool follow = true;                ///< and then what comes; else the stream ends
  std::uint32_t body_octets = 0;     ///< of each body, so many at most; 0: no bodies
};
KITH_DESCRIBE(tap_request, peers, kinds, names, id, trace, min_octets, min_latency_us, errors, all,
              past, follow, body_octets)
KITH_DEFAULTED(tap_request, peers, kinds, names, id, trace, min_octets, min_latency_us, errors, all,
               past, follow, body_octets)

/// One envelope that passed.
struct tapped {
  std::int64_t time_us = 0;  ///< microseconds since 1970, by the node's calendar
  std::string direction;     ///< "in" or "out"
  std::string peer;          ///< its id; empty: all subscribers, or who has said no hello
  std::string service;       ///< of the peer
  std::string instance;
  std::string kind;          ///< as in tap_request; "span": one began here; "cut": not recorded
  std::string name;          ///< method or topic; empty when it is not known any more; of a
                             ///< span: the topic of the durable event that is applied
  std::uint64_t id = 0;      ///< number of the call on its link, or sequence of the event
  std::uint64_t octets = 0;  ///< of the envelope; of a cut: of the rest of its packet
  std::uint32_t time_left_ms = 0;  ///< of a request
  std::string key;                 ///< idempotency key of a request
  bool streams = false;            ///< a request that asks for a stream
  std::string traceparent;         ///< of a request or an event, and of what answers that request
  std::string parent;              ///< the span above, 16 digits, where this node knows it
  std::optional<std::int64_t> latency_us;  ///< of an answer: since its request passed here
  std::string outcome;                     ///< of an answer: "reply", or the name of an error
  std::string message;                     ///< of that error; of hello and the like: what they say
  std::vector<std::byte> body;             ///< MessagePack, when it was asked for
  std::uint64_t body_octets = 0;           ///< of it in the envelope
  std::string body_state;  ///< "whole", "cut", "redacted" in part, or "withheld"; empty: none
};
KITH_DESCRIBE(tapped, time_us, direction, peer, service, instance, kind, name, id, octets,
              time_left_ms, key, streams, traceparent, parent, latency_us, outcome, message, body,
              body_octets, body_state)

/// What passed since the last one.
struct tap_batch {
  std::uint64_t missed = 0;  ///< packets that the recorder had lost before they were read
  std::vector<tapped> envelopes;
};
KITH_DESCRIBE(tap_batch, missed, envelopes)

/// What passes this node: docs/recordings.md. Where there are certificates it takes the right
/// `kith.tap`, and for bodies `kith.tap_bodies`; else the node must be on loopback. What the node's
/// settings `tap` and `redact` withhold, nobody sees. A reader that is too slow misses packets, and
/// is told how many.
inline constexpr stream_method<tap_request, tap_batch> tap_node{"kith.tap"};

}  // namespace kith
