// SPDX-License-Identifier: MPL-2.0
#pragma once

// What `kith top` shows, out of two rounds of asking: how much, how fast, how well. A rate is by
// the clock of the node that counted, a latency of what came between the rounds.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <kith/introspection.hpp>

#include "kith/figures/call_tally.hpp"

namespace kith::tool {

/// Of one instance in one round.
struct top_sample {
  member_info who;
  std::optional<node_status> status;  ///< nothing: it did not answer
  std::string why;                    ///< then
};

/// One instance, or all of a service together.
struct top_row {
  std::string service;
  std::string instance;  ///< of a service: empty
  std::string id;        ///< likewise
  std::string state;     ///< "running", "draining", ...; "silent": it did not answer
  std::uint32_t instances = 1;
  call_figures served;  ///< in handlers
  double events_per_s = 0;
  double drops_per_s = 0;           ///< of everything
  std::uint64_t queue = 0;          ///< calls in progress or waiting
  std::uint64_t open_breakers = 0;  ///< of others, towards it
  std::uint64_t lag = 0;            ///< durable events that are not applied
  std::uint64_t dead = 0;           ///< letters that it has made
  std::uint64_t resident_bytes = 0;
  double cpu_percent = 0;
};
KITH_DESCRIBE(top_row, service, instance, id, state, instances, served, events_per_s, drops_per_s,
              queue, open_breakers, lag, dead, resident_bytes, cpu_percent)

struct top_method {
  std::string direction;  ///< "outbound": called by whom the row is about
  std::string method;
  call_figures figures;
  std::uint64_t in_flight = 0;
  std::map<std::string, std::uint64_t> failed;  ///< by error, since they began
};
KITH_DESCRIBE(top_method, direction, method, figures, in_flight, failed)

struct top_topic {
  std::string direction;
  std::string topic;
  double events_per_s = 0;
  double drops_per_s = 0;
  std::uint64_t gaps = 0;  ///< since they began
};
KITH_DESCRIBE(top_topic, direction, topic, events_per_s, drops_per_s, gaps)

struct top_queue {
  std::string instance;
  std::string queue;
  std::uint64_t depth = 0;
  std::uint64_t limit = 0;
  double drops_per_s = 0;
};
KITH_DESCRIBE(top_queue, instance, queue, depth, limit, drops_per_s)

struct top_breaker {
  std::string instance;  ///< whose view it is
  std::string service;
  std::string at;  ///< the instance that it is about
  std::string method;
  std::string state;
  std::uint64_t not_permitted = 0;
};
KITH_DESCRIBE(top_breaker, instance, service, at, method, state, not_permitted)

struct top_log {
  std::string instance;
  std::string group;
  std::string of;
  std::string log;  ///< its identity
  bool mine = false;
  std::uint64_t lag = 0;
  double events_per_s = 0;
  std::uint64_t dead = 0;
  std::string trouble;
};
KITH_DESCRIBE(top_log, instance, group, of, log, mine, lag, events_per_s, dead, trouble)

/// All of it.
struct top_report {
  std::vector<top_row> services;
  std::vector<top_row> instances;
  std::vector<top_method> methods;
  std::vector<top_topic> topics;
  std::vector<top_queue> queues;
  std::vector<top_breaker> breakers;
  std::vector<top_log> logs;
};
KITH_DESCRIBE(top_report, services, instances, methods, topics, queues, breakers, logs)

/// Whose figures: of everybody, of a service, or of an instance (its id). All services are told in
/// any case, and all instances of that service.
struct top_scope {
  std::string service;
  std::string id;
};

/// The latest two rounds.
class top_rounds {
 public:
  void take(std::vector<top_sample> round);
  /// Two rounds are there, so that rates can be told.
  [[nodiscard]] bool can_tell_rates() const noexcept { return rounds_ > 1; }
  [[nodiscard]] top_report report(const top_scope& of) const;
  /// Who did not answer in the latest round, a line each.
  [[nodiscard]] std::vector<std::string> complaints() const;

 private:
  std::vector<top_sample> now_;
  std::map<std::string, node_status> before_;  ///< by id
  int rounds_ = 0;
};

}  // namespace kith::tool
