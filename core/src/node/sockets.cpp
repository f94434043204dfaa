// SPDX-License-Identifier: MPL-2.0
#include "node/sockets.hpp"

#include <initializer_list>
#include <map>
#include <utility>

namespace kith::detail {
namespace {

using drops = std::initializer_list<std::pair<const char*, std::uint64_t>>;

void add_traffic(socket_info& to, const transport::socket_traffic& counted) {
  to.packets_in = counted.packets_in;
  to.octets_in = counted.octets_in;
  to.packets_out = counted.packets_out;
  to.octets_out = counted.octets_out;
  to.full = counted.full;
}

void add_drops(socket_info& to, drops all) {
  for (const auto& [reason, count] : all) {
    if (count > 0) {
      to.dropped[reason] += count;
    }
  }
}

void add_drops(socket_info& to, const transport::drop_counts& all) {
  for (const auto& [reason, count] : all) {
    to.dropped[std::string{ledger::name_of(reason)}] += count;
  }
}

socket_peer_info peer_of(const transport::inbound_connection& from) {
  socket_peer_info row;
  row.host = from.host;
  row.packets_in = from.traffic.packets_in;
  row.octets_in = from.traffic.octets_in;
  row.packets_out = from.traffic.packets_out;
  row.octets_out = from.traffic.octets_out;
  row.full = from.traffic.full;
  return row;
}

using links_by_id = std::map<transport::link_id, peers::link_row>;

socket_info inbox_of(const transport::counted_transport& network, const links_by_id& links) {
  socket_info row;
  row.role = "inbox";
  row.type = "ROUTER";
  row.state = "bound";
  row.endpoints = network.inbox_at();
  add_traffic(row, network.inbox());
  for (const auto& from : network.inbound()) {
    auto& peer = row.peers.emplace_back(peer_of(from));
    peer.unsent_octets = network.unsent_bytes(from.link);
    row.unsent_octets += peer.unsent_octets;
    if (const auto known = links.find(from.link); known != links.end()) {
      peer.peer = known->second.peer.to_string();
      peer.in_flight = known->second.in_flight;
    }
  }
  const auto counted = network.counters();
  add_drops(row, {{"bad_packets", counted.bad_packets},
                  {"endless", counted.endless},
                  {"handshakes_failed", counted.handshakes_failed},
                  {"handshakes_limited", counted.handshakes_limited},
                  {"keys_refused", counted.keys_refused},
                  {"refused_links", counted.refused_links},
                  {"turned_away", counted.turned_away}});
  add_drops(row, network.dropped());
  return row;
}

socket_info outlet_of(const transport::counted_transport& network) {
  socket_info row;
  row.role = "outlet";
  row.type = "XPUB";
  row.state = "bound";
  row.endpoints = network.outlet_at();
  add_traffic(row, network.outlet());
  row.unsent_octets = network.outlet_unsent_bytes();
  row.topics = network.topics();
  const auto counted = network.counters();
  row.reconnects = counted.outlets_recreated;
  add_drops(row, {{"overlong_topics", counted.overlong_topics},
                  {"subscriptions_denied", counted.subscriptions_denied}});
  return row;
}

socket_info dialled_of(const transport::dialled_socket& from, time_point now) {
  socket_info row;
  row.role = from.outlet ? "follow" : "link";
  row.type = from.outlet ? "SUB" : "DEALER";
  row.endpoints = {from.endpoint};
  row.state = transport::name_of(from.state);
  row.dials = from.dials;
  row.reconnects = from.connections > 0 ? from.connections - 1 : 0;
  row.last_error = from.last_error;
  if (from.down_since) {
    row.down_us =
        std::chrono::duration_cast<std::chrono::microseconds>(now - *from.down_since).count();
  }
  add_traffic(row, from.traffic);
  add_drops(row, from.dropped);
  return row;
}

void add_peer(socket_info& to, const node_id& peer, const std::string& instance) {
  socket_peer_info row;
  row.instance = instance;
  row.peer = peer.to_string();
  row.packets_in = to.packets_in;
  row.octets_in = to.octets_in;
  row.packets_out = to.packets_out;
  row.octets_out = to.octets_out;
  row.unsent_octets = to.unsent_octets;
  row.full = to.full;
  to.peers.push_back(std::move(row));
}

}  // namespace

socket_list sockets_of(const socket_sources& from) {
  links_by_id links;
  for (const auto& link : from.hub.link_rows()) {
    links.emplace(link.link, link);
  }
  const transport::socket_limits usual;
  socket_list all;
  all.sockets.push_back(inbox_of(from.traffic, links));
  all.sockets.push_back(outlet_of(from.traffic));
  for (const auto& one : from.traffic.dialled()) {
    auto& row = all.sockets.emplace_back(dialled_of(one, from.now));
    row.unsent_octets = from.network.unsent_bytes(one.link);
    if (const auto known = links.find(one.link); known != links.end() && !one.outlet) {
      add_peer(row, known->second.peer, one.instance);
      row.peers.back().in_flight = known->second.in_flight;
      row.round_trip_us =
          std::chrono::duration_cast<std::chrono::microseconds>(known->second.round_trip).count();
    } else if (one.peer) {
      add_peer(row, *one.peer, one.instance);
    }
  }
  for (auto& row : all.sockets) {
    row.most_unsent_octets =
        row.role == "outlet" ? usual.outlet_budget_bytes : from.link_budget_bytes;
    row.most_unsent_packets = static_cast<std::uint64_t>(usual.high_water_mark);
  }
  if (from.discovery.has_beacon()) {
    const auto totals = from.network.counters();
    auto& row = all.sockets.emplace_back();
    row.role = "beacon";
    row.type = "UDP";
    row.state = "bound";
    row.endpoints = from.discovery.interfaces();
    row.packets_in = totals.datagrams_received;
    row.octets_in = totals.datagram_octets_received;
    row.packets_out = totals.datagrams_sent;
    row.octets_out = totals.datagram_octets_sent;
    add_drops(row, {{"datagrams_dropped", totals.datagrams_dropped}});
  }
  return all;
}

}  // namespace kith::detail
