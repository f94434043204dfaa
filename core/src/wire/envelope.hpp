// SPDX-License-Identifier: MPL-2.0
#pragma once

// The envelopes of kith/1 as values, and the two functions that turn them into octets and back.
// docs/protocol.md is the specification; this is its shape in C++.
//
// Views in decoded envelopes alias the packet: they live as long as the upcall that brought it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include <kith/errors.hpp>
#include <kith/identity.hpp>

#include "base/bytes.hpp"
#include "wire/limits.hpp"

namespace kith::wire {

inline constexpr std::uint8_t protocol_version_min = 1;
inline constexpr std::uint8_t protocol_version_max = 1;

/// Numbers of the protocol. 14 and 15 are free.
enum class kind : std::uint8_t {
  hello = 1,
  welcome = 2,
  refuse = 3,
  ping = 4,
  pong = 5,
  request = 6,
  reply = 7,
  error = 8,
  cancel = 9,
  credit = 10,
  event = 11,
  heads = 12,
  item = 13,
  goodbye = 16,
};

std::string_view name_of(kind k) noexcept;

/// Both sides of a link count what it carries: every envelope but hello, welcome, refuse, ping,
/// pong and goodbye.
struct link_counts {
  std::uint64_t sent = 0;  ///< written to this link by who says it
  std::uint64_t read = 0;  ///< read off it
};
/// What the listener can say of an answered call, in microseconds.
struct reply_times {
  std::uint64_t queue_us = 0;    ///< it waited for its turn
  std::uint64_t handler_us = 0;  ///< it was at work
};
/// Of a dialler that counts: the number of this link, which rises from link to link, and what it
/// has read off its earlier ones.
struct link_opening {
  std::uint64_t link = 0;
  std::uint64_t read = 0;
};

struct hello {
  std::uint8_t version_min = protocol_version_min;
  std::uint8_t version_max = protocol_version_max;
  node_description self;
  node_id expected;      ///< whom the dialler means to reach; nil for anyone
  std::string identity;  ///< reserved, empty in kith/1; so is `signature`
  std::string signature;
  std::optional<link_opening> opening = std::nullopt;
};
struct welcome {
  std::uint8_t version = protocol_version_max;
  node_description self;
  std::string identity;
  std::string signature;
  /// Of a listener that counts: what it has read off earlier links of that dialler.
  std::optional<std::uint64_t> read = std::nullopt;
};
struct refuse {
  errc code{};
  std::string reason;
};
struct ping {
  std::uint64_t sequence = 0;     ///< 0: the last word, nothing more is read off this link
  std::uint32_t queue_depth = 0;  ///< calls in progress at the sender
  std::optional<link_counts> counts = std::nullopt;
};
struct pong {
  std::uint64_t sequence = 0;
  std::uint32_t queue_depth = 0;
  std::optional<link_counts> counts = std::nullopt;
};
struct request {
  std::uint64_t id = 0;
  kith::incarnation target = 0;  ///< the life of the receiver it is meant for
  std::uint32_t time_left_ms = 0;
  std::string_view method;
  std::string_view traceparent;      ///< W3C form, or empty
  std::string_view idempotency_key;  ///< or empty
  byte_view body;
  std::uint32_t window = 0;  ///< items that the caller can take at once; 0: it asks for one reply
  bool times = false;        ///< it asks for `reply_times`
  std::string_view tracestate = {};  ///< W3C form, or empty
};
/// To a call that asked for a stream: the good end of it.
struct reply {
  std::uint64_t id = 0;
  byte_view body;
  std::optional<reply_times> times = std::nullopt;
};
struct error_reply {
  std::uint64_t id = 0;
  errc code{};
  kith::outcome outcome = kith::outcome::answered;
  std::string_view message;
  std::string_view where;
  std::uint32_t retry_after_ms = 0;
  std::optional<reply_times> times = std::nullopt;
};
struct cancel {
  std::uint64_t id = 0;
};
/// From the caller: so many more items may come. From the listener: the stream has begun.
struct credit {
  std::uint64_t id = 0;
  std::uint32_t count = 0;
};
/// One element of a stream.
struct item {
  std::uint64_t id = 0;
  byte_view body;
};
struct event {
  std::uint64_t sequence = 0;
  std::string_view traceparent;
  byte_view body;
  /// When it was published, microseconds since 1970 by the publisher's calendar; 0: it does not
  /// say.
  std::uint64_t published_us = 0;
  std::string_view tracestate = {};
};
struct head {
  std::string topic;
  std::uint64_t sequence = 0;
};
/// The newest sequence of some topics. In answer to a nonce subscription `last` ends the list.
struct heads {
  std::vector<head> entries;
  bool last = true;
};
struct goodbye {
  std::string reason;
};
/// A kind this version does not know, or knows and does not use: counted and skipped.
struct unknown {
  std::uint64_t kind = 0;
};

using envelope = std::variant<hello, welcome, refuse, ping, pong, request, reply, error_reply,
                              cancel, credit, item, event, heads, goodbye, unknown>;

/// Whether `link_counts` count it: all but the envelopes that open, keep and end a link.
template <class Envelope>
inline constexpr bool is_counted =
    !(std::is_same_v<Envelope, hello> || std::is_same_v<Envelope, welcome> ||
      std::is_same_v<Envelope, refuse> || std::is_same_v<Envelope, ping> ||
      std::is_same_v<Envelope, pong> || std::is_same_v<Envelope, goodbye>);
[[nodiscard]] bool counts(const envelope& value) noexcept;

/// Append one envelope to a packet.
void append(bytes& packet, const hello& value);
void append(bytes& packet, const welcome& value);
void append(bytes& packet, const refuse& value);
void append(bytes& packet, const ping& value);
void append(bytes& packet, const pong& value);
void append(bytes& packet, const request& value);
void append(bytes& packet, const reply& value);
void append(bytes& packet, const error_reply& value);
void append(bytes& packet, const cancel& value);
void append(bytes& packet, const credit& value);
void append(bytes& packet, const item& value);
void append(bytes& packet, const event& value);
void append(bytes& packet, const heads& value);
void append(bytes& packet, const goodbye& value);

/// Reads the envelopes of one packet in order. Strict: trailing octets, wrong types, missing
/// fields, over-limit names and invalid UTF-8 are `malformed` or `too_large`; unknown trailing
/// fields of an envelope are skipped.
class envelope_reader {
 public:
  envelope_reader(byte_view packet, const limits& bounds) noexcept
      : rest_{packet}, bounds_{&bounds} {}

  /// The next envelope, nullopt at the end of the packet, or why the packet is no good.
  result<std::optional<envelope>> next();
  /// Octets that have not been read.
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

 private:
  byte_view rest_;
  const limits* bounds_;
};

/// An event packet is topic, zero octet, envelopes. Splits at the zero; malformed without one.
struct topic_packet {
  std::string_view topic;
  byte_view envelopes;
};
result<topic_packet> split_topic(byte_view packet, const limits& bounds);

}  // namespace kith::wire
