// SPDX-License-Identifier: MPL-2.0

// The methods of the reserved name `kith.`, which every node serves.

#include <initializer_list>
#include <string>
#include <utility>

#include "ledger/drop_reason.hpp"
#include "node/hearing_contract.hpp"
#include "node/hearing_rights.hpp"
#include "node/node_core.hpp"

namespace kith::detail {
namespace {

/// What went no further than the sockets, so that no flow knows of it.
account_info info_of(const transport::transport_counters& counted) {
  account_info row;
  row.scope = "transport";
  row.direction = "inbound";
  row.key = "(strangers)";
  for (const auto& [reason, count] : std::initializer_list<std::pair<const char*, std::uint64_t>>{
           {"bad_packets", counted.bad_packets},
           {"datagrams_dropped", counted.datagrams_dropped},
           {"endless", counted.endless},
           {"handshakes_failed", counted.handshakes_failed},
           {"handshakes_limited", counted.handshakes_limited},
           {"keys_refused", counted.keys_refused},
           {"overlong_topics", counted.overlong_topics},
           {"refused_links", counted.refused_links},
           {"subscriptions_denied", counted.subscriptions_denied},
           {"turned_away", counted.turned_away}}) {
    if (count > 0) {
      row.sent += count;
      row.dropped.emplace(reason, count);
    }
  }
  return row;
}

account_info info_of(const ledger::account& account) {
  account_info row;
  row.scope = ledger::name_of(account.scope);
  row.direction = ledger::name_of(account.direction);
  row.key = account.key;
  row.sent = account.counters.sent;
  row.sent_bytes = account.counters.sent_bytes;
  row.delivered = account.counters.delivered;
  row.in_flight = account.counters.balances() ? account.counters.in_flight() : 0;
  for (std::size_t i = 0; i < ledger::drop_reasons; ++i) {
    const auto reason = static_cast<ledger::drop_reason>(i);
    if (account.counters.drops(reason) > 0) {
      row.dropped[std::string{ledger::name_of(reason)}] = account.counters.drops(reason);
    }
  }
  return row;
}

link_info info_of(const peers::link_row& link) {
  const auto peer = link.peer.to_string();
  return {peer,
          link.moved ? std::string{ledger::books::gone} : peer,
          link.dialled,
          link.number,
          link.sent,
          link.confirmed,
          link.in_flight,
          link.inbound.read(),
          link.inbound.told(),
          link.inbound.missing(),
          link.inbound.surplus()};
}

template <class Reply, class F>
served_method introspective(const method<nothing, Reply>& which, F answer) {
  served_method served;
  served.schema = kith::describe(which);
  served.plain = [answer](std::string_view body, call_context&) {
    static_cast<void>(request_of<nothing>(body));
    return encode(answer());
  };
  return served;
}

}  // namespace

void node_core::serve_introspection() {
  server.add(introspective(describe_node, [this] { return describe_self(); }));
  server.add(introspective(list_members, [this] { return member_list{members.list()}; }));
  server.add(introspective(list_books, [this] { return all_books(); }));
  server.add(introspective(get_status, [this] { return status(); }));
  served_method level;
  level.schema = kith::describe(set_log_level);
  level.plain = [this](std::string_view body, call_context& call) {
    return encode(change_log_level(request_of<log_level_request>(body), call.caller()));
  };
  server.add(std::move(level));
  server.add(introspective(list_sockets, [this] { return all_sockets(); }));
  served_method told;
  told.schema = kith::describe(gossip);
  told.plain = [this](std::string_view body, call_context& call) {
    return encode(gossips.answer(request_of<gossip_request>(body), call.caller()));
  };
  server.add(std::move(told));
  served_method heard;
  heard.schema = kith::describe(may_hear);
  heard.plain = [](std::string_view body, call_context& call) {
    return encode(refused_of(request_of<heard_filters>(body), call));
  };
  server.add(std::move(heard));
  served_method asked;
  asked.schema = kith::describe(probe_for);
  asked.async = [this](std::string_view body, call_context& /*call*/) {
    return probes.answer(request_of<probe_request>(body));
  };
  server.add(std::move(asked));
  served_method exchanged;
  exchanged.schema = kith::describe(exchange_trust);
  exchanged.plain = [this](std::string_view body, call_context& call) {
    if (!exchange) {
      throw failure{errc::failed_precondition, "this node has no certificates"};
    }
    auto reply = exchange->answer(request_of<trust_request>(body), call.caller());
    if (!reply) {
      throw failure{std::move(reply.error())};
    }
    return encode(*reply);
  };
  server.add(std::move(exchanged));
}

node_info node_core::describe_self() const {
  membership::member self;
  self.self = hub.self();
  self.state = membership::member_state::alive;
  self.linked = true;
  self.last_heard = loop.now();
  auto row = describe_member(self, nullptr, loop.now());
  row.queue_depth = static_cast<std::uint32_t>(server.depth());
  return {std::move(row), server.schemas(), topic_schemas_,
          loop.wall_now().time_since_epoch().count()};
}

std::string node_core::transport_to(std::string_view peer) const {
  const auto id = node_id::from_string(peer);
  const auto link = id ? hub.link_to(*id) : std::nullopt;
  return link && link->phase == peers::link_phase::open ? std::string{link->via} : std::string{};
}

std::vector<account_info> node_core::accounts() const {
  std::vector<account_info> rows;
  for (const auto& account : books.snapshot()) {
    rows.push_back(info_of(account));
    if (account.scope == ledger::scope::peer && account.direction == ledger::direction::outbound) {
      rows.back().via = transport_to(account.key);
      const auto peer = node_id::from_string(account.key);
      rows.back().in_doubt = peer ? hub.in_doubt(*peer) : 0;
    }
  }
  if (const auto posted = posts.counted(); posted.sent > 0) {
    rows.push_back(info_of({ledger::scope::queue, ledger::direction::inbound, "posted", posted}));
  }
  if (const auto lines = log.counted(); lines.written + lines.dropped > 0) {
    ledger::flow counted;
    counted.sent = lines.written + lines.dropped;
    counted.delivered = lines.written;
    counted.drop(ledger::drop_reason::queue_full, lines.dropped);
    rows.push_back(info_of({ledger::scope::queue, ledger::direction::inbound, "log", counted}));
  }
  if (auto strangers = info_of(network.counters()); strangers.sent > 0) {
    rows.push_back(std::move(strangers));
  }
  return rows;
}

book_list node_core::all_books() const {
  book_list all{accounts(), {}, listener.hearings()};
  for (const auto& link : hub.link_rows()) {
    all.links.push_back(info_of(link));
  }
  return all;
}

}  // namespace kith::detail

namespace kith {

std::string_view explain_drop(std::string_view reason) noexcept {
  for (std::size_t i = 0; i < ledger::drop_reasons; ++i) {
    const auto one = static_cast<ledger::drop_reason>(i);
    if (ledger::name_of(one) == reason) {
      return ledger::explain(one);
    }
  }
  return {};
}

}  // namespace kith
