// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What every node answers about itself, and what a service with durable events (kith/durable.hpp)
/// answers to those who operate it: its log, the lag of its groups, and its dead letters. The
/// methods whose names begin with "kith.", as contracts: for `kith`, and for tools of your own.
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
#include <kith/introspection/durable.hpp>
#include <kith/introspection/latency.hpp>
#include <kith/introspection/passing.hpp>

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
  std::int64_t wall_us = 0;  ///< its calendar while it answered; 0: it does not say
};
KITH_DESCRIBE(node_info, self, methods, topics, wall_us)
KITH_DEFAULTED(node_info, wall_us)

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

/// One peer of a socket: while it is connected, and of a dialled one afterwards.
struct socket_peer_info {
  std::string peer;  ///< its id; empty: it has not greeted
  std::string host;  ///< address that it comes from; empty: ipc
  std::uint64_t packets_in = 0;
  std::uint64_t octets_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t octets_out = 0;
  std::uint64_t unsent_octets = 0;  ///< handed to the transport, and not on their way yet
  std::uint64_t in_flight = 0;      ///< envelopes that the other side has not confirmed
  std::uint64_t full = 0;           ///< times that no more was taken for it
  std::string instance;             ///< of a peer that was dialled, when it is known
};
KITH_DESCRIBE(socket_peer_info, peer, host, packets_in, octets_in, packets_out, octets_out,
              unsent_octets, in_flight, full, instance)
KITH_DEFAULTED(socket_peer_info, instance)

/// One socket of a node: what passed it since it was made, and how it is.
struct socket_info {
  /// "inbox" (ROUTER) and "outlet" (XPUB), which are bound; "link" (DEALER) to one peer's inbox and
  /// "follow" (SUB) of one publisher's outlet, which are dialled; "beacon" (UDP).
  std::string role;
  std::string type;
  std::vector<std::string> endpoints;
  /// "bound", "dialling" or "connected"; without a connection "left" when its peer has said
  /// goodbye, "dead" when it is held for dead, else "down": it is dialled again, or not needed.
  std::string state;
  std::uint64_t packets_in = 0;
  std::uint64_t octets_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t octets_out = 0;
  std::uint64_t unsent_octets = 0;        ///< of all its peers
  std::uint64_t most_unsent_octets = 0;   ///< its high-water mark: an outlet's, or for each peer
  std::uint64_t most_unsent_packets = 0;  ///< likewise, for each peer
  std::uint64_t full = 0;                 ///< times that it took no more
  /// By reason, as in the accounts: of what was to leave by it or came by it, also what went no
  /// further above the socket; of a "follow" the gaps in what it hears.
  std::map<std::string, std::uint64_t> dropped;
  std::uint64_t dials = 0;
  std::uint64_t reconnects = 0;    ///< connections after the first one; of an outlet: made anew
  std::string last_error;          ///< how the last connection or dial ended that ended by itself
  std::int64_t round_trip_us = 0;  ///< of a link: of the last heartbeat
  std::uint64_t topics = 0;        ///< of an outlet: that somebody subscribes
  std::vector<socket_peer_info> peers;  ///< of an inbox at most 4096
  std::int64_t down_us = 0;             ///< of a dialled one: for so long without a connection
};
KITH_DESCRIBE(socket_info, role, type, endpoints, state, packets_in, octets_in, packets_out,
              octets_out, unsent_octets, most_unsent_octets, most_unsent_packets, full, dropped,
              dials, reconnects, last_error, round_trip_us, topics, peers, down_us)
KITH_DEFAULTED(socket_info, down_us)

/// All sockets of a node; of those that were dialled and are down the last 64, without those to
/// tools.
struct socket_list {
  std::vector<socket_info> sockets;
};
KITH_DESCRIBE(socket_list, sockets)

/// An instance as a caller saw it when it chose one.
struct candidate_info {
  std::string id;
  std::string instance;
  /// "chosen", "usable", or why not: "tried" by this call, "breaker_open", "ejected", "suspect",
  /// "other_zone", "other_database" or "no_weight".
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

/// The calls of one method, since the node began: how long they took and how they failed. How many
/// there were is in the accounts.
struct call_info {
  std::string direction;  ///< "outbound": this node calls it; "inbound": it serves it
  std::string method;     ///< "(others)": beyond 256
  /// Outbound from the call to its outcome; inbound in the handler, where of many calls in one turn
  /// one stands for sixteen. Streams and long polls are left out, and so is what was cancelled.
  latency_info took;
  latency_info waited;                          ///< inbound, of coroutines: for their turn
  std::map<std::string, std::uint64_t> failed;  ///< by the name of the error
};
KITH_DESCRIBE(call_info, direction, method, took, waited, failed)

/// What this node's calls came to at one instance, since it first called it: all methods together,
/// but for those of the protocol itself.
struct callee_info {
  std::string peer;  ///< its id
  std::string instance;
  std::string service;
  std::uint64_t attempts = 0;  ///< a call that is repeated or hedged makes several
  std::uint64_t failed = 0;    ///< as breakers see it: not what blames the caller
  std::uint32_t outstanding = 0;
  latency_info took;  ///< of those that were answered; of streams until they had begun
};
KITH_DESCRIBE(callee_info, peer, instance, service, attempts, failed, outstanding, took)

/// What this node has learned of a method at one instance.
struct breaker_info {
  std::string peer;  ///< its id
  std::string instance;
  std::string service;
  std::string method;
  std::string state;                ///< "closed", "open" or "half_open"
  std::uint64_t not_permitted = 0;  ///< choices that it has kept that instance out of
};
KITH_DESCRIBE(breaker_info, peer, instance, service, method, state, not_permitted)

/// A bounded queue, right now. What passed it is in the accounts.
struct queue_info {
  std::string name;
  std::uint64_t depth = 0;
  std::uint64_t limit = 0;  ///< 0: it has none of its own
};
KITH_DESCRIBE(queue_info, name, depth, limit)

/// How many extra attempts could be made now (docs/resilience.md).
struct budget_info {
  std::string name;  ///< "repeats" or "hedges"
  double saved = 0;
};
KITH_DESCRIBE(budget_info, name, saved)

/// The process of a node; zeros in simulation.
struct process_info {
  std::uint64_t resident_bytes = 0;
  std::uint64_t cpu_us = 0;
  std::uint64_t descriptors = 0;  ///< open ones; 0: not counted, as in an answer to `kith.status`
  std::uint64_t descriptor_limit = 0;
  std::int64_t started_us = 0;  ///< since 1970
};
KITH_DESCRIBE(process_info, resident_bytes, cpu_us, descriptors, descriptor_limit, started_us)

/// A node's log of durable events, as far as the node itself has it in mind.
struct outbox_info {
  std::string log;
  std::uint64_t depth = 0;      ///< functions that wait for their commit
  std::uint64_t functions = 0;  ///< since it started, as in log_status
  std::uint64_t commits = 0;
  std::uint64_t appended = 0;
};
KITH_DESCRIBE(outbox_info, log, depth, functions, commits, appended)

/// How far this instance is in a log that it follows.
struct follow_info {
  std::string group;
  std::string log;
  std::string service;        ///< whose log it is
  bool mine = false;          ///< this instance works it
  std::uint64_t applied = 0;  ///< up to here, by the group, as far as is known here
  std::uint64_t last = 0;     ///< of the log, likewise
  std::uint64_t events = 0;   ///< applied by this instance
  std::uint64_t dead = 0;     ///< letters made by this instance
  std::string trouble;        ///< a `log_trouble`; "none"
  /// Letters in the table, as the instance that works the log last counted them: at each renewal of
  /// its lease, and when it makes one.
  std::uint64_t letters = 0;
};
KITH_DESCRIBE(follow_info, group, log, service, mine, applied, last, events, dead, trouble, letters)
KITH_DEFAULTED(follow_info, letters)

/// Those who look at what passes a node (`kith.tap`).
struct tap_counts {
  std::uint64_t open = 0;
  std::uint64_t given_up = 0;  ///< their readers took nothing for 10 s
  std::uint64_t missed = 0;    ///< packets that were overwritten before a tap had read them
};
KITH_DESCRIBE(tap_counts, open, given_up, missed)

/// Everything that a node tells of how it is: what `kith top` and the metrics are made of.
struct node_status {
  member_info self;
  std::string version;    ///< of the library: "0.1.0"
  std::string phase;      ///< "starting", "running", "draining", "stopping" or "stopped"
  std::string log_level;  ///< "debug", "info", "warning" or "error"
  std::string admin;      ///< where its pages are, "http://127.0.0.1:9100"; empty: nowhere
  std::int64_t certificate_warning_days = 0;  ///< its own ends within 14, 3 or 1; 0: not so soon
  std::int64_t uptime_us = 0;
  std::map<std::string, std::uint64_t> members;  ///< how many it knows, by state
  std::uint64_t sessions = 0;                    ///< peers that have dialled it
  std::vector<call_info> calls;
  std::vector<account_info> accounts;
  std::vector<link_info> links;
  std::vector<hearing_info> hearings;
  std::vector<callee_info> callees;    ///< whom it called, at most 1,024
  std::vector<breaker_info> breakers;  ///< of what was called, at most 4,096
  std::vector<queue_info> queues;
  std::vector<budget_info> budgets;
  std::map<std::string, std::uint64_t> transport;  ///< what its sockets counted, by what it was
  std::map<std::string, std::uint64_t> spans;      ///< what became of those for the collector
  process_info process;
  std::vector<outbox_info> outboxes;
  std::vector<follow_info> follows;
  std::vector<event_time_info> event_times;
  tap_counts taps;
};
KITH_DESCRIBE(node_status, self, version, phase, log_level, admin, certificate_warning_days,
              uptime_us, members, sessions, calls, accounts, links, hearings, callees, breakers,
              queues, budgets, transport, spans, process, outboxes, follows, event_times, taps)
KITH_DEFAULTED(node_status, certificate_warning_days, callees, event_times, taps)

/// Which lines a node logs from now on; without a level nothing is changed.
struct log_level_request {
  std::optional<std::string> level;  ///< "debug", "info", "warning" or "error"
};
KITH_DESCRIBE(log_level_request, level)

/// Which it logs now, and which it did before.
struct log_level_reply {
  std::string level;
  std::string before;
};
KITH_DESCRIBE(log_level_reply, level, before)

/// A line for people on why something was dropped; empty for a reason that is none of this version.
[[nodiscard]] std::string_view explain_drop(std::string_view reason) noexcept;

/// What a node is and offers.
inline constexpr method<nothing, node_info> describe_node{"kith.describe", idempotent};
/// Whom it knows, itself not among them.
inline constexpr method<nothing, member_list> list_members{"kith.members", idempotent};
/// What it sent, received and dropped.
inline constexpr method<nothing, book_list> list_books{"kith.books", idempotent};
/// How it is.
inline constexpr method<nothing, node_status> get_status{"kith.status", idempotent};
/// What it logs. `invalid_argument` when there is no such level.
inline constexpr method<log_level_request, log_level_reply> set_log_level{"kith.log_level",
                                                                          idempotent};

/// Its sockets, and how they are.
inline constexpr method<nothing, socket_list> list_sockets{"kith.sockets", idempotent};

}  // namespace kith
