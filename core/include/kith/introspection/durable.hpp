// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What a service with durable events answers to those who operate it. Part of
/// kith/introspection.hpp, which says more: include that.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/contract.hpp>

namespace kith {

/// \name Of an outbox
/// \{

/// A group for which the log keeps what it has not applied.
struct log_reader_info {
  std::string group;
  std::uint64_t sequence = 0;  ///< it needs nothing up to here any more
  std::int64_t seen_us = 0;    ///< when it last asked, to the minute
};
KITH_DESCRIBE(log_reader_info, group, sequence, seen_us)

/// The log of a service: what it keeps, and for whom.
struct log_status {
  std::string log;          ///< identity of the database
  std::uint64_t first = 0;  ///< the oldest event that is kept; one behind `last` when there is none
  std::uint64_t last = 0;   ///< the newest one; 0: nothing was appended ever
  std::uint64_t octets = 0;               ///< of the bodies that are kept, as last counted
  std::optional<std::int64_t> oldest_us;  ///< when the oldest one was written
  std::uint64_t depth = 0;                ///< own: functions that wait for their commit
  std::uint64_t functions = 0;            ///< own, since it started: whose commit is done
  std::uint64_t commits = 0;              ///< own: they shared
  std::uint64_t appended = 0;             ///< own: events of them
  std::vector<log_reader_info> readers;
};
KITH_DESCRIBE(log_status, log, first, last, octets, oldest_us, depth, functions, commits, appended,
              readers)

/// Which events to show.
struct log_show_request {
  std::uint64_t from = 0;           ///< this event or the first behind it that is kept
  std::vector<std::string> topics;  ///< at most 64; none: all
  std::optional<std::string> key;
  std::uint32_t max_events = 100;  ///< at most 1000, and 256 KiB
};
KITH_DESCRIBE(log_show_request, from, topics, key, max_events)

/// An event as the log has it.
struct shown_event {
  std::uint64_t sequence = 0;
  std::string topic;
  std::string key;
  std::int64_t written_us = 0;
  std::string traceparent;
  std::vector<std::byte> body;  ///< MessagePack
  std::string tracestate{};     ///< beside the traceparent, or empty
};
KITH_DESCRIBE(shown_event, sequence, topic, key, written_us, traceparent, body, tracestate)
KITH_DEFAULTED(shown_event, tracestate)

/// A page of them, by sequence.
struct log_show_reply {
  std::vector<shown_event> events;
  std::uint64_t next = 0;   ///< where to go on; behind `last`: this was all for now
  std::uint64_t first = 0;  ///< as in log_status
  std::uint64_t last = 0;
};
KITH_DESCRIBE(log_show_reply, events, next, first, last)

/// A group that is to be forgotten: the log keeps nothing for it any more.
struct log_forget_request {
  std::string group;
};
KITH_DESCRIBE(log_forget_request, group)

/// What it loses when it comes back: what is retired by then, of the events behind `sequence`.
struct log_forget_reply {
  std::uint64_t sequence = 0;  ///< it had applied what it wants up to here
  std::uint64_t unread = 0;    ///< events behind that
};
KITH_DESCRIBE(log_forget_reply, sequence, unread)

/// What is in the log of a service.
inline constexpr method<nothing, log_status> get_log_status{"kith.log_status", idempotent};
/// Looks into the log; nothing is kept for who asks.
inline constexpr method<log_show_request, log_show_reply> show_log{"kith.log_show", idempotent};
/// `not_found`: no such group reads it. `failed_precondition`: it has asked within three minutes,
/// so it lives, and would be registered again.
inline constexpr method<log_forget_request, log_forget_reply> forget_group{"kith.log_forget"};
/// \}

/// \name Of an inbox
/// \{

/// How far one group is in one log.
struct lag_info {
  std::string group;
  std::string log;
  std::string service;        ///< whose log it is; empty: it was not seen yet
  std::string holder;         ///< who works it: an instance or the digits of its id; empty: nobody
  bool mine = false;          ///< own: the instance that answers works it
  std::uint64_t applied = 0;  ///< up to here
  std::uint64_t last = 0;     ///< own: how far the log has got, as far as it knows
  std::uint64_t dead = 0;     ///< letters in the table
  std::string trouble;        ///< own: a `log_trouble`; "none"
  std::string why;            ///< own: the same in words
};
KITH_DESCRIBE(lag_info, group, log, service, holder, mine, applied, last, dead, trouble, why)

/// One entry for each group and log of the database.
struct lag_list {
  std::vector<lag_info> logs;
};
KITH_DESCRIBE(lag_list, logs)

/// An event that its group's handler could not apply.
struct dead_letter_info {
  std::uint64_t id = 0;  ///< of the letter, within the group's database
  std::string group;
  std::string log;
  std::uint64_t sequence = 0;
  std::string topic;
  std::string key;
  std::uint32_t attempts = 0;
  std::string error;            ///< of the last one
  std::int64_t died_us = 0;     ///< when it was put aside, or last retried in vain
  std::int64_t written_us = 0;  ///< when the event was appended
  std::uint64_t octets = 0;     ///< of its body
};
KITH_DESCRIBE(dead_letter_info, id, group, log, sequence, topic, key, attempts, error, died_us,
              written_us, octets)

/// Which letters to list.
struct dead_list_request {
  std::uint64_t after = 0;           ///< letters with a greater id
  std::uint32_t max_letters = 100;   ///< at most 1000
  std::optional<std::string> group;  ///< only of this one
};
KITH_DESCRIBE(dead_list_request, after, max_letters, group)

/// A page of them.
struct dead_list_reply {
  std::vector<dead_letter_info> letters;  ///< by id; errors are cut at 500 octets
  std::uint64_t total = 0;                ///< all of them, whatever `after` says
};
KITH_DESCRIBE(dead_list_reply, letters, total)

/// Which letter: an id of the list.
struct dead_letter_request {
  std::uint64_t id = 0;
};
KITH_DESCRIBE(dead_letter_request, id)

/// A letter with the event in it.
struct dead_letter {
  dead_letter_info info;
  std::string traceparent;
  std::vector<std::byte> body;  ///< MessagePack
  std::string tracestate{};     ///< beside the traceparent, or empty
};
KITH_DESCRIBE(dead_letter, info, traceparent, body, tracestate)
KITH_DEFAULTED(dead_letter, tracestate)

/// How the attempt ended.
struct dead_retry_reply {
  bool applied = false;        ///< and the letter is gone
  std::uint32_t attempts = 0;  ///< else: so many by now
  std::string error;           ///< and why not
};
KITH_DESCRIBE(dead_retry_reply, applied, attempts, error)

/// Which letters to throw away, for good.
struct dead_drop_request {
  std::vector<std::uint64_t> ids;  ///< 1 to 1000
};
KITH_DESCRIBE(dead_drop_request, ids)

/// What became of each.
struct dead_drop_reply {
  std::vector<std::uint64_t> dropped;
  std::vector<std::uint64_t> missing;  ///< were not there (any more)
};
KITH_DESCRIBE(dead_drop_reply, dropped, missing)

/// How far each group of this service is behind the logs it follows.
inline constexpr method<nothing, lag_list> list_lag{"kith.inbox_lag", idempotent};
/// The dead letters of this service, without their bodies.
inline constexpr method<dead_list_request, dead_list_reply> list_dead{"kith.dead_list", idempotent};
/// One of them, whole. `not_found` when it is not there (any more).
inline constexpr method<dead_letter_request, dead_letter> show_dead{"kith.dead_show", idempotent};
/// Gives the event to its group's handler again, now, whatever came behind it in the log. Effect
/// and the letter's end are one transaction: it is applied once, whoever retries it at the same
/// time. `not_found` when it is not there (any more), `failed_precondition` when the service has no
/// handler for it.
inline constexpr method<dead_letter_request, dead_retry_reply> retry_dead{"kith.dead_retry"};
/// Deletes letters; their events are then applied nowhere.
inline constexpr method<dead_drop_request, dead_drop_reply> drop_dead{"kith.dead_drop", idempotent};
/// \}

}  // namespace kith
