// SPDX-License-Identifier: MPL-2.0

// What a node tells of how it is: `kith.status`, `kith.log_level`, and its pages.

#include <algorithm>
#include <utility>

#include "admin/latency.hpp"
#include "base/endpoint.hpp"
#include "ledger/drop_reason.hpp"
#include "node/node_core.hpp"
#include "node/token_file.hpp"

namespace kith::detail {
namespace {

constexpr std::size_t most_breakers = 4096;
constexpr std::size_t most_callees = 1024;

std::string_view name_of_phase(int phase) noexcept {
  constexpr std::string_view names[] = {"starting", "running", "draining", "stopping", "stopped"};
  return names[phase];
}

std::map<std::string, std::uint64_t> counted_by(const transport::transport_counters& c) {
  return {{"bad_packets", c.bad_packets},
          {"unroutable", c.unroutable},
          {"endless", c.endless},
          {"refused_links", c.refused_links},
          {"full", c.full},
          {"overlong_topics", c.overlong_topics},
          {"outlets_recreated", c.outlets_recreated},
          {"turned_away", c.turned_away},
          {"keys_accepted", c.keys_accepted},
          {"keys_refused", c.keys_refused},
          {"handshakes_failed", c.handshakes_failed},
          {"handshakes_limited", c.handshakes_limited},
          {"subscriptions_denied", c.subscriptions_denied},
          {"datagrams_sent", c.datagrams_sent},
          {"datagrams_received", c.datagrams_received},
          {"datagrams_dropped", c.datagrams_dropped}};
}

void add_calls(std::vector<call_info>& to, const ledger::method_times& times,
               ledger::direction which) {
  for (const auto& [method, one] : times.of(which)) {
    auto& row = to.emplace_back();
    row.direction = ledger::name_of(which);
    row.method = method;
    row.took = admin::info_of(one.took);
    if (one.waited) {
      row.waited = admin::info_of(*one.waited);
    }
    for (const auto& [code, count] : one.failed) {
      row.failed.emplace(name_of(code), count);
    }
  }
}

callee_info info_of(const rpc::callee& one) {
  callee_info row;
  row.peer = one.id.to_string();
  row.instance = one.peer != nullptr ? one.peer->instance : std::string{};
  row.service = one.peer != nullptr ? one.peer->service : std::string{};
  row.attempts = one.record->attempts;
  row.failed = one.record->failures;
  row.outstanding = one.record->outstanding;
  if (one.record->took) {
    row.took = admin::info_of(*one.record->took);
  }
  return row;
}

}  // namespace

std::string_view node_core::phase_name() const noexcept {
  return name_of_phase(static_cast<int>(phase_));
}

node_status node_core::status() {
  node_status now;
  now.self = describe_self().self;
  if (trust && trust->own() != nullptr) {
    now.self.certificate_ends_us =
        std::chrono::microseconds{trust->own()->not_after.time_since_epoch()}.count();
    now.certificate_warning_days =
        security::warning_of(*trust->own(),
                             std::chrono::floor<std::chrono::seconds>(loop.wall_now()))
            .value_or(0);
  }
  now.version = KITH_VERSION;
  now.phase = phase_name();
  now.log_level = name_of(log.level());
  now.admin = pages_ ? pages_->url() : std::string{};
  now.uptime_us =
      std::chrono::duration_cast<std::chrono::microseconds>(loop.now() - began_).count();
  for (const auto& member : members.list()) {
    ++now.members[member.state];
  }
  now.sessions = hub.session_count();
  for (const auto which : {ledger::direction::outbound, ledger::direction::inbound}) {
    add_calls(now.calls, std::as_const(books).times(), which);
  }
  for (const auto& [of, took] : std::as_const(books).event_times().all()) {
    now.event_times.push_back({of.first, of.second, admin::info_of(took)});
  }
  auto counted = all_books();
  now.accounts = std::move(counted.accounts);
  now.links = std::move(counted.links);
  now.hearings = std::move(counted.hearings);
  for (const auto& one : client.callees(most_callees)) {
    now.callees.push_back(info_of(one));
  }
  now.breakers = client.breakers(most_breakers);
  now.queues = queues(now.accounts);
  now.budgets = client.budgets();
  now.transport = counted_by(world_->network().counters());
  if (spans_) {
    const auto& sent = spans_->counts();
    now.spans = {
        {"sent", sent.sent}, {"queue_full", sent.queue_full}, {"not_taken", sent.not_taken}};
  }
  now.taps = taps.counts();
  now.process = world_->usage();
  for (auto& tell : on_status) {
    tell(now);
  }
  return now;
}

/// Those of the node, and then what others have an account of.
std::vector<queue_info> node_core::queues(const std::vector<account_info>& accounts) const {
  std::vector<queue_info> all{
      {"incoming_calls", server.waiting(), settings_.call_queue},
      {"handlers", server.running(), server.at_once()},
      client.calls(),
  };
  for (const auto& one : accounts) {
    if (one.scope == "queue") {
      const auto limit = one.key == "posted"     ? posted_work::most_waiting
                         : one.key == "blocking" ? runtime::pool_queue_limit
                                                 : std::size_t{0};
      all.push_back({one.key, one.in_flight, limit});
    }
  }
  return all;
}

log_level_reply node_core::change_log_level(const log_level_request& wanted,
                                            const node_description& by) {
  const std::string before{name_of(log.level())};
  if (!wanted.level) {
    return {before, before};
  }
  const auto level = log_level_of(*wanted.level);
  if (!level) {
    throw invalid_argument{"level",
                           "\"" + *wanted.level + "\" is no level: debug, info, warning or error"};
  }
  log.set_level(*level);
  log.write(log_level::warning, "node",
            "the log level was " + before + " and is " + *wanted.level + " now: " + by.instance +
                " asked for it");
  return {std::string{name_of(log.level())}, before};
}

void node_core::start_pages() {
  if (settings_.admin.empty()) {
    return;
  }
  auto token = read_admin_token(settings_);
  if (!token) {
    throw failure{std::move(token.error())};
  }
  admin::page_options options;
  options.token = std::move(*token);
  options.any_host = !endpoint::parse_host_port(settings_.admin)->is_loopback();
  auto opened = admin::pages::open(settings_.admin, *this, options);
  if (!opened) {
    throw failure{std::move(opened.error())};
  }
  pages_ = std::move(*opened);
}

void node_core::start_spans() {
  if (settings_.trace_collector.empty()) {
    return;
  }
  const auto& self = hub.self();
  spans_ = std::make_unique<span_sender>(
      loop, settings_.trace_collector,
      admin::span_source{self.service, self.instance, self.id.to_string(), KITH_VERSION});
  tracer.tell(spans_.get());
}

void node_core::end_work(const applied_event& what) {
  if (what.failed == errc{}) {
    books.event_times().open(what.topic, what.group).add(what.since_write);
  }
  if (tracer.teller() == nullptr || !what.span.sampled) {
    return;
  }
  const auto above = trace_context::from_string(what.traceparent);
  tracer.teller()->on_span({ledger::ended_span::sort::applied, what.topic, what.service, what.group,
                            what.span, above ? above->span : decltype(above->span){}, what.took,
                            what.failed});
}

void node_core::ask_status(unique_function<void(node_status)> done) {
  mail->post([this, then = std::move(done)]() mutable { then(status()); });
}

void node_core::ask_phase(unique_function<void(std::string)> done) {
  mail->post([this, then = std::move(done)]() mutable { then(std::string{phase_name()}); });
}

}  // namespace kith::detail
