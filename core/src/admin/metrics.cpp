// SPDX-License-Identifier: MPL-2.0
#include "admin/metrics.hpp"

#include <algorithm>
#include <utility>

#include "admin/latency.hpp"
#include "admin/metric_families.hpp"

namespace kith::admin {
namespace {

constexpr double us_in_a_second = 1e6;
constexpr double seconds_in_a_day = 86'400;

double number(std::uint64_t count) noexcept {
  return static_cast<double>(count);
}

void add_node(metric_families& to, const node_status& s) {
  to.gauge("kith_node_info", "What this node is; always 1.", 1,
           {{"service", s.self.service},
            {"node", s.self.instance},
            {"id", s.self.id},
            {"zone", s.self.zone},
            {"version", s.version}});
  to.gauge("kith_node_ready", "1 while it takes calls; 0 while it starts or drains.",
           s.phase == "running" ? 1 : 0);
  to.gauge("kith_node_uptime_seconds", "Since it began to serve.",
           static_cast<double>(s.uptime_us) / us_in_a_second);
  for (const auto* const state : {"alive", "suspect", "dead", "left"}) {
    const auto found = s.members.find(state);
    to.gauge("kith_members", "Other nodes of the domain that it knows, by state.",
             found == s.members.end() ? 0 : number(found->second), {{"state", state}});
  }
  to.gauge("kith_sessions", "Nodes that have dialled it and are there.", number(s.sessions));
  std::uint64_t dialled = 0;
  std::uint64_t missing = 0;
  for (const auto& link : s.links) {
    dialled += link.dialled ? 1 : 0;
    missing += link.missing + link.surplus;
  }
  to.gauge("kith_links", "Links that it has dialled and that stand.", number(dialled));
  to.gauge("kith_links_disagreement",
           "Envelopes that two ends of a link count differently: a bug, when not 0.",
           number(missing));
  if (s.self.certificate_ends_us > 0) {
    to.gauge("kith_certificate_expiry_timestamp_seconds",
             "When its own certificate ends, since 1970.",
             static_cast<double>(s.self.certificate_ends_us) / us_in_a_second);
    to.gauge("kith_certificate_warning_seconds",
             "Its own certificate ends within so long: 14, 3 or 1 days; 0: not so soon.",
             static_cast<double>(s.certificate_warning_days) * seconds_in_a_day);
  }
}

void add_drops(metric_families& to, std::string_view name, std::string_view help,
               const account_info& from, std::string_view key) {
  for (const auto& [reason, count] : from.dropped) {
    if (key.empty()) {
      to.count(name, help, number(count), {{"direction", from.direction}, {"reason", reason}});
    } else {
      to.count(name, help, number(count),
               {{"direction", from.direction}, {key, from.key}, {"reason", reason}});
    }
  }
}

/// Repetitions and hedges have accounts among the methods.
bool is_extra(const account_info& method) noexcept {
  return method.key == "(repeated)" || method.key == "(hedged)";
}

void add_extra(metric_families& to, const account_info& a) {
  if (a.direction == "inbound") {
    to.count("kith_calls_repeated_received", "Calls whose idempotency key was known already.",
             number(a.sent));
    return;
  }
  const auto* const kind = a.key == "(hedged)" ? "hedges" : "repeats";
  to.count("kith_extra_attempts", "Attempts beside the first one of a call.", number(a.delivered),
           {{"kind", kind}});
  for (const auto& [reason, count] : a.dropped) {
    to.count("kith_extra_attempts_refused", "Those that were not made, by reason.", number(count),
             {{"kind", kind}, {"reason", reason}});
  }
}

void add_method(metric_families& to, const account_info& a) {
  const label_list labels = {{"direction", a.direction}, {"method", a.key}};
  to.count("kith_calls", "Calls that began: outbound made here, inbound received.", number(a.sent),
           labels);
  to.count("kith_calls_answered", "Of them: that had an answer, whatever it said.",
           number(a.delivered), labels);
  to.gauge("kith_calls_in_flight", "Of them: without an end.", number(a.in_flight), labels);
  to.count("kith_call_request_bytes", "Octets of their requests' bodies.", number(a.sent_bytes),
           labels);
  add_drops(to, "kith_calls_dropped", "Calls without an answer, by reason.", a, "method");
}

void add_stream(metric_families& to, const account_info& a) {
  const label_list labels = {{"direction", a.direction}, {"method", a.key}};
  to.count("kith_stream_items", "Items of streams: outbound given by handlers, inbound received.",
           number(a.sent), labels);
  to.count("kith_stream_items_delivered", "Of them: that the link, or the application, took.",
           number(a.delivered), labels);
  add_drops(to, "kith_stream_items_dropped", "Items that went no further, by reason.", a, "method");
}

void add_topic(metric_families& to, const account_info& a) {
  const label_list labels = {{"direction", a.direction}, {"topic", a.key}};
  to.count("kith_events", "Events: outbound published here, inbound meant for here.",
           number(a.sent), labels);
  to.count("kith_events_delivered", "Of them: that the outlet, or a subscriber here, took.",
           number(a.delivered), labels);
  add_drops(to, "kith_events_dropped", "Events that went no further, by reason; gaps, too.", a,
            "topic");
}

/// All peers together: their names come and go.
void add_peer(metric_families& to, const account_info& a) {
  const label_list labels = {{"direction", a.direction}};
  to.count("kith_envelopes", "Envelopes to and from all peers.", number(a.sent), labels);
  to.count("kith_envelope_bytes", "Octets of them.", number(a.sent_bytes), labels);
  to.count("kith_envelopes_delivered", "Of them: that the other side has read, or that were good.",
           number(a.delivered), labels);
  to.gauge("kith_envelopes_in_flight", "Of them: on their way.", number(a.in_flight), labels);
  add_drops(to, "kith_envelopes_dropped", "Envelopes that went no further, by reason.", a, {});
}

void add_news(metric_families& to, const account_info& a) {
  const label_list labels = {{"direction", a.direction}, {"kind", a.scope}};
  to.count("kith_discovery_messages", "Beacons, and what members tell of others.", number(a.sent),
           labels);
  for (const auto& [reason, count] : a.dropped) {
    to.count("kith_discovery_dropped", "Those that were not believed or not sent, by reason.",
             number(count), {{"direction", a.direction}, {"kind", a.scope}, {"reason", reason}});
  }
}

void add_queue(metric_families& to, const account_info& a) {
  const label_list labels = {{"queue", a.key}};
  to.count("kith_queue_entered", "What came to a bounded queue of the process.", number(a.sent),
           labels);
  to.count("kith_queue_left", "What left it again.", number(a.delivered), labels);
  for (const auto& [reason, count] : a.dropped) {
    to.count("kith_queue_dropped", "What it refused or lost, by reason.", number(count),
             {{"queue", a.key}, {"reason", reason}});
  }
}

void add_account(metric_families& to, const account_info& a) {
  if (a.scope == "method") {
    (is_extra(a) ? add_extra : add_method)(to, a);
  } else if (a.scope == "stream") {
    add_stream(to, a);
  } else if (a.scope == "topic") {
    add_topic(to, a);
  } else if (a.scope == "peer") {
    add_peer(to, a);
  } else if (a.scope == "queue") {
    add_queue(to, a);
  } else if (a.scope != "transport") {
    add_news(to, a);
  }
}

void add_times(metric_families& to, const call_info& call) {
  const auto took = histogram_of(call.took);
  if (call.direction == "outbound") {
    to.spans("kith_call_duration_seconds", "From a call made here to its outcome.", took,
             {{"method", call.method}});
  } else {
    to.spans("kith_handler_duration_seconds", "In the handler of a method served here.", took,
             {{"method", call.method}});
    if (call.waited.count > 0) {
      to.spans("kith_handler_wait_seconds", "In the queue before the handler.",
               histogram_of(call.waited), {{"method", call.method}});
    }
  }
  for (const auto& [code, count] : call.failed) {
    to.count("kith_call_errors", "Calls that ended with an error, by its name.", number(count),
             {{"direction", call.direction}, {"method", call.method}, {"code", code}});
  }
}

void add_event_times(metric_families& to, const event_time_info& one) {
  const auto took = histogram_of(one.took);
  if (one.group.empty()) {
    to.spans("kith_event_delivery_seconds", "From publishing an event to its delivery here.", took,
             {{"topic", one.topic}});
  } else {
    to.spans("kith_durable_event_delivery_seconds",
             "From the commit of an event in its log to that of its effect here.", took,
             {{"topic", one.topic}, {"group", one.group}});
  }
}

void add_resilience(metric_families& to, const node_status& s) {
  for (const auto& one : s.breakers) {
    for (const auto* const state : {"closed", "open", "half_open"}) {
      to.gauge("kith_breakers", "Instances by the state of their circuit breaker for a method.",
               one.state == state ? 1 : 0,
               {{"service", one.service}, {"method", one.method}, {"state", state}});
    }
    // Not a counter: what a breaker has counted goes with its instance.
    to.gauge("kith_breakers_not_permitted",
             "Choices that those breakers have kept their instances out of.",
             number(one.not_permitted), {{"service", one.service}, {"method", one.method}});
  }
  for (const auto& one : s.budgets) {
    to.gauge("kith_attempt_budget", "Extra attempts that could be made at once now.", one.saved,
             {{"kind", one.name}});
  }
}

/// What a counter of `node_status::transport` is called here: things of one kind in one family.
struct socket_counter {
  std::string_view counter;
  std::string_view name;
  std::string_view help;
  std::string_view key{};  ///< of its label, if it has one
  std::string_view value{};
};

constexpr std::string_view datagrams_help =
    "Datagrams, those of beacons: outbound sent, inbound read.";
constexpr std::string_view refused_help = "Connections that bound sockets turned away, by reason.";
constexpr std::string_view packets_help = "Packets that came and were not read further, by reason.";
constexpr std::string_view unsent_help = "Packets that no socket took, by reason.";
constexpr std::string_view subscriptions_help = "Subscriptions that the outlet refused, by reason.";

constexpr socket_counter socket_counters[] = {
    {"datagrams_sent", "kith_datagrams", datagrams_help, "direction", "outbound"},
    {"datagrams_received", "kith_datagrams", datagrams_help, "direction", "inbound"},
    {"datagrams_dropped", "kith_datagrams_dropped",
     "Datagrams that could not be sent, or came faster than they are read."},
    {"keys_accepted", "kith_connections_accepted", "Connections with a key that counts."},
    {"keys_refused", "kith_connections_refused", refused_help, "reason", "unknown_key"},
    {"handshakes_failed", "kith_connections_refused", refused_help, "reason", "no_handshake"},
    {"handshakes_limited", "kith_connections_refused", refused_help, "reason", "too_often"},
    {"turned_away", "kith_connections_refused", refused_help, "reason", "no_descriptor"},
    {"endless", "kith_connections_cut", "Connections that were cut: a message did not end."},
    {"bad_packets", "kith_packets_refused", packets_help, "reason", "malformed"},
    {"refused_links", "kith_packets_refused", packets_help, "reason", "too_many_links"},
    {"unroutable", "kith_packets_unsent", unsent_help, "reason", "unroutable"},
    {"full", "kith_packets_unsent", unsent_help, "reason", "full"},
    {"overlong_topics", "kith_subscriptions_refused", subscriptions_help, "reason", "overlong"},
    {"subscriptions_denied", "kith_subscriptions_refused", subscriptions_help, "reason", "denied"},
    {"outlets_recreated", "kith_outlets_recreated",
     "Outlets that began anew, having had too many subscriptions."},
    {"sockets_forgotten", "kith_sockets_forgotten",
     "Dialled sockets that are down and no longer told of, for there were too many."},
};

void add_sockets(metric_families& to, const node_status& s) {
  for (const auto& one : socket_counters) {
    const auto found = s.transport.find(std::string{one.counter});
    if (found == s.transport.end()) {
      continue;
    }
    if (one.key.empty()) {
      to.count(one.name, one.help, number(found->second));
    } else {
      to.count(one.name, one.help, number(found->second), {{one.key, one.value}});
    }
  }
}

void add_queues(metric_families& to, const node_status& s) {
  for (const auto& one : s.queues) {
    const label_list labels = {{"queue", one.name}};
    to.gauge("kith_queue_depth", "What a bounded queue of the process holds.", number(one.depth),
             labels);
    if (one.limit > 0) {
      to.gauge("kith_queue_limit", "And the most that it takes.", number(one.limit), labels);
    }
  }
  for (const auto& [fate, count] : s.spans) {
    to.count("kith_trace_spans", "Spans for the collector, by what became of them.", number(count),
             {{"fate", fate}});
  }
}

void add_taps(metric_families& to, const tap_counts& taps) {
  to.gauge("kith_taps_open", "Who looks at what passes the node, right now.", number(taps.open));
  to.count("kith_taps_given_up", "Taps that were ended because their readers took nothing.",
           number(taps.given_up));
  to.count("kith_tap_packets_missed", "Packets that were overwritten before a tap had read them.",
           number(taps.missed));
}

void add_durable(metric_families& to, const node_status& s) {
  for (const auto& one : s.outboxes) {
    to.gauge("kith_outbox_waiting", "Functions that wait for their commit.", number(one.depth),
             {{"log", one.log}});
    to.count("kith_outbox_functions", "Functions whose commit is done.", number(one.functions),
             {{"log", one.log}});
    to.count("kith_outbox_commits", "Commits that they shared.", number(one.commits),
             {{"log", one.log}});
    to.count("kith_outbox_events", "Events appended.", number(one.appended), {{"log", one.log}});
  }
  for (const auto& one : s.follows) {
    const label_list labels = {{"group", one.group}, {"of", one.service}, {"log", one.log}};
    to.gauge("kith_inbox_lag_events", "Events of a log that its group has not applied.",
             number(one.last - std::min(one.applied, one.last)), labels);
    to.gauge("kith_inbox_mine", "1: this instance works the log for its group.", one.mine ? 1 : 0,
             labels);
    to.gauge("kith_inbox_stopped", "1: it cannot go on; `kith lag` says why.",
             one.trouble == "none" ? 0 : 1, labels);
    to.count("kith_inbox_applied", "Events applied by this instance.", number(one.events), labels);
    to.count("kith_inbox_dead_letters", "Dead letters made by this instance.", number(one.dead),
             labels);
    if (one.mine) {  // the group's table is one for all its instances
      to.gauge("kith_dead_letters", "Dead letters that wait for somebody, by who works the log.",
               number(one.letters), labels);
    }
  }
}

void add_process(metric_families& to, const process_info& p) {
  to.gauge("process_resident_memory_bytes", "Memory of the process.", number(p.resident_bytes));
  to.count("process_cpu_seconds", "Processor time of the process.",
           number(p.cpu_us) / us_in_a_second);
  to.gauge("process_open_fds", "Its open descriptors.", number(p.descriptors));
  to.gauge("process_max_fds", "And the most that it may have.", number(p.descriptor_limit));
  to.gauge("process_start_time_seconds", "When it started, since 1970.",
           static_cast<double>(p.started_us) / us_in_a_second);
}

void add_pages(metric_families& to, const http_counts& counts) {
  to.count("kith_admin_answers", "Answers that these pages gave.", number(counts.answered));
  for (const auto& [reason, count] : {std::pair{"no_request", counts.refused.load()},
                                      {"denied", counts.denied.load()},
                                      {"turned_away", counts.turned_away.load()},
                                      {"slow", counts.slow.load()},
                                      {"broken", counts.broken.load()}}) {
    to.count("kith_admin_dropped", "Who got no page, or not all of it, by reason.", number(count),
             {{"reason", reason}});
  }
}

}  // namespace

metrics_format preferred_format(std::string_view accept) noexcept {
  return accept.find("application/openmetrics-text") == std::string_view::npos
             ? metrics_format::text
             : metrics_format::open_metrics;
}

std::string_view content_type_of(metrics_format format) noexcept {
  return format == metrics_format::text
             ? "text/plain; version=0.0.4; charset=utf-8"
             : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string metrics_text(const node_status& status, const http_counts& counts,
                         metrics_format format) {
  metric_families all;
  add_node(all, status);
  for (const auto& one : status.accounts) {
    add_account(all, one);
  }
  for (const auto& one : status.calls) {
    add_times(all, one);
  }
  for (const auto& one : status.event_times) {
    add_event_times(all, one);
  }
  add_resilience(all, status);
  add_queues(all, status);
  add_sockets(all, status);
  add_taps(all, status.taps);
  add_durable(all, status);
  add_process(all, status.process);
  add_pages(all, counts);
  const auto families = all.take();
  return format == metrics_format::text ? text_of(families) : open_metrics_of(families);
}

}  // namespace kith::admin
