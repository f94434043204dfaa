// SPDX-License-Identifier: MPL-2.0
#include "kith/diagnose/sockets_text.hpp"

#include <algorithm>

#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"

namespace kith::tool {
namespace {

using names_by_id = std::map<std::string, std::string>;

paint paint_of_state(const std::string& state) {
  return state == "down" ? paint::red : state == "dialling" ? paint::yellow : paint::green;
}

std::string traffic_text(std::uint64_t packets, std::uint64_t octets) {
  return packets == 0  ? ""
         : octets == 0 ? std::to_string(packets)
                       : std::to_string(packets) + " " + octets_text(octets);
}

/// Of an ipc peer ZeroMQ says "localhost:USER:GROUP:PROCESS".
std::string host_text(const std::string& host) {
  const auto end = host.rfind(':');
  const bool is_ipc =
      host.starts_with("localhost:") && std::count(host.begin(), host.end(), ':') == 3;
  return is_ipc ? "ipc, process " + host.substr(end + 1) : host;
}

std::string peer_name(const socket_peer_info& peer, const names_by_id& names) {
  if (peer.peer.empty()) {
    return "(not greeted)";
  }
  const auto known = names.find(peer.peer);
  return known != names.end()     ? known->second
         : !peer.instance.empty() ? peer.instance
                                  : peer.peer.substr(0, 8);
}

std::string peers_text(const socket_info& socket, const names_by_id& names) {
  if (socket.role == "inbox") {
    return std::to_string(socket.peers.size()) + " connected";
  }
  if (socket.role == "outlet") {
    return std::to_string(socket.topics) + " topics";
  }
  return socket.peers.empty() ? "" : peer_name(socket.peers.front(), names);
}

std::string queue_text(const socket_info& socket) {
  return socket.role == "beacon"
             ? ""
             : octets_text(socket.unsent_octets) + " of " + octets_text(socket.most_unsent_octets);
}

std::string endpoints_text(const socket_info& socket) {
  std::string text;
  for (const auto& one : socket.endpoints) {
    text += (text.empty() ? "" : ", ") + one;
  }
  return text;
}

/// The error begins with the endpoint, and so does the line that it is for.
std::string without_endpoint(const socket_info& socket) {
  const auto begin = endpoints_text(socket) + ": ";
  const auto& error = socket.last_error;
  return error.starts_with(begin) ? error.substr(begin.size()) : error;
}

std::string remarks_of(const socket_info& socket) {
  std::string text;
  const auto add = [&](const std::string& what) { text += (text.empty() ? "" : "; ") + what; };
  if (socket.full > 0) {
    add("full " + std::to_string(socket.full) + " times");
  }
  for (const auto& [reason, count] : socket.dropped) {
    add(reason + " " + std::to_string(count));
  }
  if (!socket.last_error.empty()) {
    add("last error: " + without_endpoint(socket));
  }
  return text;
}

std::string with_peer(const socket_info& socket, const names_by_id& names) {
  return socket.role == "inbox" || socket.peers.empty()
             ? ""
             : " of " + peer_name(socket.peers.front(), names);
}

void add_row(table& rows, const socket_info& one, const names_by_id& names) {
  rows.add({{one.role, paint::none},
            {one.type, paint::none},
            {one.state, paint_of_state(one.state)},
            {or_dash(endpoints_text(one)), paint::none},
            {or_dash(peers_text(one, names)), paint::none},
            {or_dash(traffic_text(one.packets_in, one.octets_in)), paint::none},
            {or_dash(traffic_text(one.packets_out, one.octets_out)), paint::none},
            {or_dash(queue_text(one)), paint::none},
            {or_dash(one.reconnects > 0 ? std::to_string(one.reconnects) : ""), paint::none}});
}

void add_peer_row(table& rows, const socket_peer_info& peer, const names_by_id& names) {
  rows.add({{"", paint::none},
            {"", paint::none},
            {"", paint::none},
            {host_text(peer.host), paint::dim},
            {peer_name(peer, names), paint::none},
            {traffic_text(peer.packets_in, peer.octets_in), paint::none},
            {traffic_text(peer.packets_out, peer.octets_out), paint::none},
            {peer.unsent_octets > 0 ? octets_text(peer.unsent_octets) : "", paint::none},
            {"", paint::none}});
}

}  // namespace

std::string sockets_text(const node_sockets& of, const names_by_id& names, bool all, bool colour) {
  table rows{{"ROLE", "TYPE", "STATE", "ENDPOINT", "PEER", ">IN", ">OUT", ">QUEUE", ">RECONNECTS"}};
  std::string remarks;
  for (const auto& one : of.sockets) {
    add_row(rows, one, names);
    if (all && one.role == "inbox") {
      for (const auto& peer : one.peers) {
        add_peer_row(rows, peer, names);
      }
    }
    if (const auto what = remarks_of(one); !what.empty()) {
      remarks += "  " + one.role + " " +
                 printable(endpoints_text(one) + with_peer(one, names) + ": " + what) + "\n";
    }
  }
  return printable((of.service.empty() ? "" : of.service + ", ") + of.instance + " (" +
                   of.id.substr(0, 8) + ")") +
         "\n" + rows.text(colour) + remarks;
}

}  // namespace kith::tool
