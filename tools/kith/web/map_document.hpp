// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the page of `kith web` is drawn from, as it is read there: JSON. Pure.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <kith/introspection.hpp>

#include "kith/figures/call_tally.hpp"

namespace kith::tool {

/// One instance.
struct map_node {
  std::string id;
  std::string service;  ///< of a client: empty
  std::string instance;
  /// Its phase ("running", "draining" ...); "asked": its first answer is still to come; "silent":
  /// it does not answer; "denied": we may not ask it; "suspect"; of who is gone "left" or "dead".
  std::string state;
  std::string why;  ///< of silent, denied, suspect and gone ones
  std::string zone;
  std::string inbox;
  std::string version;
  std::int64_t started_us = 0;
  call_figures served;
  call_figures called;      ///< at all instances together
  double events_per_s = 0;  ///< published
  double drops_per_s = 0;   ///< of everything, but for what callers gave up
  std::uint64_t queue = 0;
  std::uint64_t lag = 0;
  std::uint64_t dead = 0;  ///< letters
  std::uint64_t resident_mib = 0;
  double cpu_percent = 0;
};
KITH_DESCRIBE(map_node, id, service, instance, state, why, zone, inbox, version, started_us, served,
              called, events_per_s, drops_per_s, queue, lag, dead, resident_mib, cpu_percent)

/// All instances of a service together.
struct map_service {
  std::string service;
  std::uint32_t instances = 0;  ///< without those that are gone
  call_figures served;
};
KITH_DESCRIBE(map_service, service, instances, served)

/// One instance calls another: ids; or one service another: names.
struct map_link {
  std::string from;
  std::string to;
  call_figures calls;
  std::uint64_t outstanding = 0;
  std::string breaker;              ///< the worst of its methods
  std::vector<std::string> barred;  ///< methods whose breakers are not closed
};
KITH_DESCRIBE(map_link, from, to, calls, outstanding, breaker, barred)

/// A method that one service calls at another, as its callers see it.
struct map_route {
  std::string from;
  std::string to;
  std::string method;
  call_figures calls;
  std::uint64_t in_flight = 0;
  std::map<std::string, std::uint64_t> failed;  ///< by error, since they began
};
KITH_DESCRIBE(map_route, from, to, method, calls, in_flight, failed)

/// Events on their way to one instance.
struct map_flow {
  std::string from;  ///< the publisher's id; of durable events empty: any of its service
  std::string from_service;
  std::string to;    ///< id
  std::string name;  ///< topic; of durable events the group
  bool durable = false;
  double events_per_s = 0;
  std::uint64_t gap = 0;  ///< events that were lost, since it subscribed
  std::uint64_t lag = 0;  ///< durable ones that are not applied
  std::string trouble;    ///< likewise; empty: none
};
KITH_DESCRIBE(map_flow, from, from_service, to, name, durable, events_per_s, gap, lag, trouble)

/// A breaker that keeps calls away, or has.
struct map_breaker {
  std::string from;
  std::string to;
  std::string method;
  std::string state;
  std::uint64_t not_permitted = 0;
};
KITH_DESCRIBE(map_breaker, from, to, method, state, not_permitted)

/// Whether the books balance, as `kith audit` finds out.
struct map_books {
  std::string state = "looking";  ///< or "balanced", or "unbalanced"
  std::vector<std::string> findings;
  std::vector<std::string> silent;               ///< instances without whom it was judged
  std::uint64_t in_flight = 0;                   ///< calls
  std::map<std::string, std::uint64_t> dropped;  ///< calls and events of services, by reason
  std::map<std::string, std::string> reasons;    ///< those, explained
};
KITH_DESCRIBE(map_books, state, findings, silent, in_flight, dropped, reasons)

/// All of it.
struct map_document {
  std::uint64_t state = 0;  ///< another number: something is otherwise
  std::string domain;
  std::string tool;  ///< "kith 0.1.0"
  std::vector<map_node> nodes;
  std::vector<map_service> services;
  std::vector<map_link> links;
  std::uint64_t links_left_out = 0;  ///< the least busy ones
  std::vector<map_link> service_links;
  std::vector<map_route> routes;
  std::vector<map_flow> flows;
  std::uint64_t flows_left_out = 0;
  std::vector<map_breaker> breakers;
  map_books books;
};
KITH_DESCRIBE(map_document, state, domain, tool, nodes, services, links, links_left_out,
              service_links, routes, flows, flows_left_out, breakers, books)

/// What one node adds to it, out of its latest two answers.
struct map_part {
  map_node node;
  call_tally served;
  std::vector<map_link> links;
  std::map<std::string, call_tally> called;  ///< by service
  struct called_method {
    call_tally tally;
    std::uint64_t in_flight = 0;
    std::map<std::string, std::uint64_t> failed;
  };
  std::map<std::pair<std::string, std::string>, called_method> methods;  ///< by service and name
  std::vector<map_flow> flows;
  std::vector<map_breaker> breakers;
  std::uint64_t in_flight = 0;
  std::map<std::string, std::uint64_t> dropped;
};
/// `before` is an answer of the same life, or null: there are no rates then.
[[nodiscard]] map_part part_of(const member_info& who, const node_status& now,
                               const node_status* before);

/// The parts put together; `state`, `domain`, `tool` and the verdict of the books are left to the
/// caller. Bounded whatever they hold.
[[nodiscard]] map_document document_of(const std::vector<const map_part*>& parts);

}  // namespace kith::tool
