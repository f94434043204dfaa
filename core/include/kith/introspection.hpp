// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What every node answers about itself: the methods whose names begin with "kith.", as contracts.
/// The `kith` command is made of them, and so can your own tools be.

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
  std::string via;  ///< what our open link to it uses: "tcp" or "ipc"
};
KITH_DESCRIBE(member_info, id, service, instance, state, why, in_rotation, inbox, outlet, zone,
              weight, incarnation, silent_ms, round_trip_us, queue_depth, methods, topics, database,
              via)
KITH_DEFAULTED(member_info, via)

struct node_info {
  member_info self;
  std::vector<method_schema> methods;
  std::vector<topic_schema> topics;
};
KITH_DESCRIBE(node_info, self, methods, topics)

struct member_list {
  std::vector<member_info> members;
};
KITH_DESCRIBE(member_list, members)

/// One line of a node's books.
struct account_info {
  /// "peer", "method", "topic", "beacon", "hearsay", or "transport": what went no further than the
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

}  // namespace kith
