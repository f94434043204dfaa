// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What every node answers about itself: the methods whose names begin with "kith.", as contracts.
/// The `kith` command is made of them, and so can your own tools be.

#include <cstdint>
#include <map>
#include <string>
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
};
KITH_DESCRIBE(account_info, scope, direction, key, via, sent, sent_bytes, delivered, in_flight,
              dropped)
KITH_DEFAULTED(account_info, via)

struct book_list {
  std::vector<account_info> accounts;
};
KITH_DESCRIBE(book_list, accounts)

/// What a node is and offers.
inline constexpr method<nothing, node_info> describe_node{"kith.describe", idempotent};
/// Whom it knows, itself not among them.
inline constexpr method<nothing, member_list> list_members{"kith.members", idempotent};
/// What it sent, received and dropped.
inline constexpr method<nothing, book_list> list_books{"kith.books", idempotent};

}  // namespace kith
