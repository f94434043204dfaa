// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What every node answers about itself, and what a service with durable events (kith/durable.hpp)
/// answers to those who operate it: its log, the lag of its groups, and its dead letters. The
/// methods whose names begin with "kith.", as contracts: the `kith` command is made of them, and so
/// can your own tools be.
///
/// Of a log, a group and dead letters any instance answers for the database that all of them share,
/// but for what is marked as its own. A service without an outbox, or without an inbox, answers
/// `unknown_method`. Times are microseconds since 1970 by the calendar of whoever wrote them.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/contract.hpp>

namespace kith {

/// One member as a node sees it.
struct member_info {
  std::string id;
  std::string service;
  std::string instance;
  std::string state;  ///< "alive", "suspect", "dead" or "left"
  std::string why;    ///< of the last change
  bool in_rotation = false;
  std::string inbox;
  std::string outlet;
  std::string zone;
  std::uint32_t weight = 0;
  std::uint64_t incarnation = 0;
  std::int64_t silent_ms = 0;      ///< since it was last heard
  std::int64_t round_trip_us = 0;  ///< of the last heartbeat; 0: none yet
  std::uint32_t queue_depth = 0;   ///< calls in progress or waiting there
  std::uint32_t methods = 0;
  std::uint32_t topics = 0;
  std::string database;
  std::string via;                       ///< what our open link to it uses: "tcp" or "ipc"
  std::int64_t certificate_ends_us = 0;  ///< of that by which our link knows it; 0: of none
};
KITH_DESCRIBE(member_info, id, service, instance, state, why, in_rotation, inbox, outlet, zone,
              weight, incarnation, silent_ms, round_trip_us, queue_depth, methods, topics, database,
              via, certificate_ends_us)
KITH_DEFAULTED(member_info, via, certificate_ends_us)

/// What a node is and what it offers.
struct node_info {
  member_info self;
  std::vector<method_schema> methods;
  std::vector<topic_schema> topics;
};
KITH_DESCRIBE(node_info, self, methods, topics)

/// The members that a node knows, in no order.
struct member_list {
  std::vector<member_info> members;
};
KITH_DESCRIBE(member_list, members)

/// One line of a node's books.
struct account_info {
  /// "peer", "method", "stream" (the items of a method's streams), "topic", "beacon", "hearsay",
  /// "queue" (what waits within the process), or "transport": what went no further than the
  /// sockets, by reason.
  std::string scope;
  std::string direction;  ///< "outbound" or "inbound"
  std::string key;
  std::string via;  ///< outbound to a peer, while the link is open: "tcp" or "ipc"
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t delivered = 0;
  std::uint64_t in_flight = 0;
  std::map<std::string, std::uint64_t> dropped;  ///< by reason
  /// Outbound to a peer: of what is in flight, what links that have ended had taken. It is settled
  /// when the two nodes greet again, or unknown (peer_crashed) when the peer is forgotten.
  std::uint64_t in_doubt = 0;
};
KITH_DESCRIBE(account_info, scope, direction, key, via, sent, sent_bytes, delivered, in_flight,
              dropped, in_doubt)
KITH_DEFAULTED(account_info, via, in_doubt)

/// One greeted link, by the count of this node and by that of the other. What keeps a link (hello,
/// ping and the like) is not counted.
struct link_info {
  std::string peer;             ///< its id
  std::string account;          ///< under which key the accounts have it
  bool dialled = false;         ///< by this node
  std::uint64_t number = 0;     ///< with the dialler's id it names the link; 0: it is not counted
  std::uint64_t sent = 0;       ///< written to it here
  std::uint64_t confirmed = 0;  ///< of that, the other side says that it has read so many
  std::uint64_t in_flight = 0;  ///< heartbeats that wait here, too
  std::uint64_t read = 0;
  std::uint64_t told = 0;     ///< the other side says that it has sent so many; a heartbeat old
  std::uint64_t missing = 0;  ///< sent there, and not read here: never, but by a bug
  std::uint64_t surplus = 0;  ///< read here, and not sent there: never, but by a bug
};
KITH_DESCRIBE(link_info, peer, account, dialled, number, sent, confirmed, in_flight, read, told,
              missing, surplus)

/// One topic of one publisher at a subscriber: `head - head_at_subscribe = delivered + gap`.
struct hearing_info {
  std::string publisher;  ///< its id
  std::string topic;
  std::uint64_t head_at_subscribe = 0;
  std::uint64_t head = 0;  ///< the newest that was heard of
  std::uint64_t delivered = 0;
  std::uint64_t gap = 0;
  bool confirmed = false;  ///< the publisher has confirmed the subscription
};
KITH_DESCRIBE(hearing_info, publisher, topic, head_at_subscribe, head, delivered, gap, confirmed)

/// All that a node has counted: what `kith audit` compares with the books of the others.
struct book_list {
  std::vector<account_info> accounts;
  std::vector<link_info> links;
  std::vector<hearing_info> hearings;
};
KITH_DESCRIBE(book_list, accounts, links, hearings)
KITH_DEFAULTED(book_list, links, hearings)

/// An instance as a caller saw it when it chose one.
struct candidate_info {
  std::string id;
  std::string instance;
  /// "chosen", "usable", or why not: "tried" by this call, "breaker_open", "ejected", "suspect",
  /// "other_zone" or "no_weight".
  std::string standing;
  double score_us = 0;  ///< of the balance `peak_ewma`: what one more call is expected to cost
  double cost_us = 0;   ///< what calls cost there, by peak EWMA; 0: not known yet
  std::uint32_t outstanding = 0;  ///< calls of this node without an end
  std::uint32_t weight = 0;
  std::uint32_t warmth_percent = 0;  ///< below 100: a new instance, among warm ones
  std::string breaker;               ///< of this method: "closed", "open" or "half_open"
};
KITH_DESCRIBE(candidate_info, id, instance, standing, score_us, cost_us, outstanding, weight,
              warmth_percent, breaker)

/// One attempt of a call, at one instance.
struct attempt_info {
  std::string id;
  std::string instance;
  std::string reason;           ///< "first", "repeat", "moved": handed back unseen; or "hedge"
  std::int64_t started_us = 0;  ///< after the call began
  std::int64_t took_us = 0;
  std::string end;      ///< "reply", "given_up", or the name of an error
  std::string message;  ///< of that error
  /// What the instance says, when it answered: how long the call waited there for its turn, and how
  /// long the handler had it; the rest of `took_us` is the way there and back.
  std::optional<std::int64_t> queue_us;
  std::optional<std::int64_t> handler_us;
  std::optional<std::int64_t> wire_us;
  std::vector<candidate_info> candidates;  ///< at most 32
};
KITH_DESCRIBE(attempt_info, id, instance, reason, started_us, took_us, end, message, queue_us,
              handler_us, wire_us, candidates)

/// Where a call went, and why: call_options::record.
struct call_record {
  std::string service;
  std::string method;
  std::string end;      ///< "reply", or the name of an error
  std::string outcome;  ///< of that error: "not_sent", "answered" or "outcome_unknown"
  std::string message;
  std::int64_t took_us = 0;
  std::vector<attempt_info> attempts;
  std::vector<candidate_info> candidates;  ///< of a call that failed: at its end
};
KITH_DESCRIBE(call_record, service, method, end, outcome, message, took_us, attempts, candidates)

/// A line for people on why something was dropped; empty for a reason that is none of this version.
[[nodiscard]] std::string_view explain_drop(std::string_view reason) noexcept;

/// What a node is and offers.
inline constexpr method<nothing, node_info> describe_node{"kith.describe", idempotent};
/// Whom it knows, itself not among them.
inline constexpr method<nothing, member_list> list_members{"kith.members", idempotent};
/// What it sent, received and dropped.
inline constexpr method<nothing, book_list> list_books{"kith.books", idempotent};

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
};
KITH_DESCRIBE(shown_event, sequence, topic, key, written_us, traceparent, body)

/// A page of them, by sequence.
struct log_show_reply {
  std::vector<shown_event> events;
  std::uint64_t next = 0;   ///< where to go on; behind `last`: this was all for now
  std::uint64_t first = 0;  ///< as in log_status
  std::uint64_t last = 0;
};
KITH_DESCRIBE(log_show_reply, events, next, first, last)

/// What is in the log of a service.
inline constexpr method<nothing, log_status> get_log_status{"kith.log_status", idempotent};
/// Looks into the log; nothing is kept for who asks.
inline constexpr method<log_show_request, log_show_reply> show_log{"kith.log_show", idempotent};
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
};
KITH_DESCRIBE(dead_letter, info, traceparent, body)

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
