// SPDX-License-Identifier: MPL-2.0
#include "node/node_report.hpp"

#include <chrono>
#include <utility>

#include "admin/latency.hpp"
#include "node/accounts.hpp"
#include "node/sockets.hpp"
#include "security/certificate.hpp"

namespace kith::detail {
namespace {

constexpr std::size_t most_breakers = 4096;
constexpr std::size_t most_callees = 1024;

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

std::vector<event_time_info> event_times_of(const ledger::books& books) {
  std::vector<event_time_info> rows;
  for (const auto& [of, took] : books.event_times().all()) {
    rows.push_back({of.first, of.second, admin::info_of(took)});
  }
  return rows;
}

}  // namespace

node_info node_report::describe() const {
  membership::member self;
  self.self = from_.hub.self();
  self.state = membership::member_state::alive;
  self.linked = true;
  self.last_heard = from_.loop.now();
  auto row = describe_member(self, nullptr, from_.loop.now());
  row.queue_depth = static_cast<std::uint32_t>(from_.server.depth());
  return {std::move(row), from_.offered.methods(), from_.offered.topics(),
          from_.loop.wall_now().time_since_epoch().count()};
}

std::vector<account_info> node_report::accounts() const {
  return accounts_of({from_.books, from_.hub, from_.posts, from_.log, from_.network});
}

book_list node_report::books() const {
  return {accounts(), links_of(from_.hub), from_.listener.hearings()};
}

socket_list node_report::sockets() const {
  return sockets_of({from_.traffic, from_.network, from_.hub, from_.discovery,
                     from_.settings.link_budget_bytes, from_.loop.now()});
}

node_status node_report::status() const {
  node_status now;
  now.self = describe().self;
  if (const auto* const own = from_.trust.own()) {
    now.self.certificate_ends_us =
        std::chrono::microseconds{own->not_after.time_since_epoch()}.count();
    now.certificate_warning_days =
        security::warning_of(*own, std::chrono::floor<std::chrono::seconds>(from_.loop.wall_now()))
            .value_or(0);
  }
  now.version = KITH_VERSION;
  now.log_level = name_of(from_.log.level());
  for (const auto& member : from_.members.list()) {
    ++now.members[member.state];
  }
  now.sessions = from_.hub.session_count();
  for (const auto which : {ledger::direction::outbound, ledger::direction::inbound}) {
    add_calls(now.calls, from_.books.times(), which);
  }
  now.event_times = event_times_of(from_.books);
  auto counted = books();
  now.accounts = std::move(counted.accounts);
  now.links = std::move(counted.links);
  now.hearings = std::move(counted.hearings);
  for (const auto& one : from_.client.callees(most_callees)) {
    now.callees.push_back(info_of(one));
  }
  now.breakers = from_.client.breakers(most_breakers);
  now.queues = queues(now.accounts);
  now.budgets = from_.client.budgets();
  now.transport = counted_by(from_.network.counters());
  now.transport["sockets_forgotten"] = from_.traffic.forgotten();
  now.taps = from_.taps.counts();
  now.process = from_.world.usage();
  return now;
}

/// Those of the node, and then what others have an account of.
std::vector<queue_info> node_report::queues(const std::vector<account_info>& accounts) const {
  std::vector<queue_info> all{
      {"incoming_calls", from_.server.waiting(), from_.settings.call_queue},
      {"handlers", from_.server.running(), from_.server.at_once()},
      from_.client.calls(),
      from_.server.kept_replies(),
      from_.server.following(),
  };
  for (const auto& one : accounts) {
    if (one.scope == "queue") {
      const auto given = queue_limits_.find(one.key);
      const auto limit = given != queue_limits_.end() ? given->second : std::size_t{0};
      all.push_back({one.key, one.in_flight, limit});
    }
  }
  return all;
}

}  // namespace kith::detail
