// SPDX-License-Identifier: MPL-2.0
#pragma once

// How a log is read from its database's services: the methods `kith.log_read` and
// `kith.log_extent`, and the topic on which commits are announced
// (docs/adr/0020-a-writer-numbers-its-events.md).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/contract.hpp>

#include "base/reserved_names.hpp"

namespace kith::durable {

/// In one request; a group has no more handlers.
inline constexpr std::size_t most_topics = 64;

struct log_read_request {
  std::string log;    ///< identity of the database
  std::string group;  ///< who reads; empty: nobody for whom anything need be kept
  std::uint64_t after = 0;
  std::int64_t mark = 0;
  std::vector<std::string> topics;
  std::optional<std::string> key;
  std::uint32_t max_events = 256;
  /// Up to here it needs nothing any more, whatever happens to it; without it: `after`.
  std::optional<std::uint64_t> applied;
};
KITH_DESCRIBE(log_read_request, log, group, after, mark, topics, key, max_events, applied)

struct log_event {
  std::uint64_t sequence = 0;
  std::int64_t mark = 0;
  std::string topic;
  std::string key;
  std::vector<std::byte> body;
  std::string traceparent;
  std::int64_t written_us = 0;
  std::string tracestate{};  ///< beside the traceparent; empty: none
};
KITH_DESCRIBE(log_event, sequence, mark, topic, key, body, traceparent, written_us, tracestate)
KITH_DEFAULTED(log_event, tracestate)

struct log_read_reply {
  std::vector<log_event> events;
  /// Everything wanted up to here is in `events`.
  std::uint64_t reached = 0;
  std::int64_t reached_mark = 0;
  std::uint64_t last = 0;
};
KITH_DESCRIBE(log_read_reply, events, reached, reached_mark, last)

struct log_extent_request {
  std::string log;
  std::optional<std::uint64_t> sequence;  ///< whose mark is wanted, too
  /// Who is about to read: what is behind `sequence`, or else all that is there, is kept for it.
  std::optional<std::string> group;
  /// That the group reads. With certificates it is enrolled for what it may subscribe to.
  std::vector<std::string> topics;
};
KITH_DESCRIBE(log_extent_request, log, sequence, group, topics)
KITH_DEFAULTED(log_extent_request, topics)

struct log_extent_reply {
  std::uint64_t before = 0;
  std::int64_t before_mark = 0;
  std::uint64_t last = 0;
  std::int64_t last_mark = 0;
  std::optional<std::int64_t> mark;
};
KITH_DESCRIBE(log_extent_reply, before, before_mark, last, last_mark, mark)

inline constexpr method<log_read_request, log_read_reply> log_read{"kith.log_read", idempotent};
inline constexpr method<log_extent_request, log_extent_reply> log_bounds{"kith.log_extent",
                                                                         idempotent};

/// On "kith.log.<identity>", once for each commit that appended.
struct log_hint {
  std::uint64_t last = 0;
};
KITH_DESCRIBE(log_hint, last)

inline std::string hint_topic_of(const std::string& log) {
  return std::string{log_hint_prefix} + log;
}

}  // namespace kith::durable
