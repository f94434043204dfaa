// SPDX-License-Identifier: MPL-2.0
#include "node/accounts.hpp"

#include <initializer_list>
#include <string>
#include <utility>

#include "ledger/drop_reason.hpp"

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

std::string transport_to(const peers::hub& hub, std::string_view peer) {
  const auto id = node_id::from_string(peer);
  const auto link = id ? hub.link_to(*id) : std::nullopt;
  return link && link->phase == peers::link_phase::open ? std::string{link->via} : std::string{};
}

}  // namespace

std::vector<account_info> accounts_of(const account_sources& from) {
  std::vector<account_info> rows;
  for (const auto& account : from.books.snapshot()) {
    rows.push_back(info_of(account));
    if (account.scope == ledger::scope::peer && account.direction == ledger::direction::outbound) {
      rows.back().via = transport_to(from.hub, account.key);
      const auto peer = node_id::from_string(account.key);
      rows.back().in_doubt = peer ? from.hub.in_doubt(*peer) : 0;
    }
  }
  if (const auto posted = from.posts.counted(); posted.sent > 0) {
    rows.push_back(info_of({ledger::scope::queue, ledger::direction::inbound, "posted", posted}));
  }
  if (const auto lines = from.log.counted(); lines.written + lines.dropped > 0) {
    ledger::flow counted;
    counted.sent = lines.written + lines.dropped;
    counted.delivered = lines.written;
    counted.drop(ledger::drop_reason::queue_full, lines.dropped);
    rows.push_back(info_of({ledger::scope::queue, ledger::direction::inbound, "log", counted}));
  }
  if (auto strangers = info_of(from.network.counters()); strangers.sent > 0) {
    rows.push_back(std::move(strangers));
  }
  return rows;
}

std::vector<link_info> links_of(const peers::hub& hub) {
  std::vector<link_info> all;
  for (const auto& link : hub.link_rows()) {
    all.push_back(info_of(link));
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
