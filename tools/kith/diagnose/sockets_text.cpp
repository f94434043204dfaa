// SPDX-License-Identifier: MPL-2.0
#include "kith/diagnose/sockets_text.hpp"

#include <algorithm>

#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"

namespace kith::tool {
namespace {

using names_by_id = std::map<std::string, std::string>;

/// Who has been gone for longer is not what one looks for.
constexpr std::int64_t long_gone_us = 60'000'000;

bool is_gone(const socket_info& socket) {
  return socket.state == "left" || socket.state == "dead";
}

bool is_long_gone(const socket_info& socket) {
  return is_gone(socket) && socket.down_us > long_gone_us;
}

paint paint_of_state(const socket_info& socket) {
  return socket.state == "left"                             ? paint::dim
         : socket.state == "dead" || socket.state == "down" ? paint::red
         : socket.state == "dialling"                       ? paint::yellow
                                                            : paint::green;
}

/// With how long there has been no connection.
std::string state_text(const socket_info& socket) {
  return socket.state + (socket.down_us > 0 ? " " + age_text(socket.down_us) : "");
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

std::string queue_text(const socket_info& socket, bool narrow) {
  return socket.role == "beacon" ? ""
         : narrow
             ? octets_text(socket.unsent_octets)
             : octets_text(socket.unsent_octets) + " of " + octets_text(socket.most_unsent_octets);
}

std::string endpoints_text(const socket_info& socket) {
  std::string text;
  for (const auto& one : socket.endpoints) {
    text += (text.empty() ? "" : ", ") + one;
  }
  return text;
}

/// Of several the first; of ipc only that it is, since a path has no room; without the card's name.
std::string short_endpoints_text(const socket_info& socket) {
  if (socket.endpoints.empty()) {
    return {};
  }
  const auto& first = socket.endpoints.front();
  const auto card = first.find(": ");
  return first.starts_with("tcp://")   ? first.substr(6)
         : first.starts_with("ipc://") ? "ipc"
         : card != std::string::npos   ? first.substr(card + 2)
                                       : first;
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

void add_row(table& rows, const socket_info& one, const names_by_id& names, bool narrow) {
  const auto counted = [narrow](std::uint64_t packets, std::uint64_t octets) {
    return narrow && octets > 0 ? octets_text(octets) : traffic_text(packets, octets);
  };
  rows.add({{one.role, paint::none},
            {one.type, paint::none},
            {state_text(one), paint_of_state(one)},
            {or_dash(narrow ? short_endpoints_text(one) : endpoints_text(one)), paint::none},
            {or_dash(peers_text(one, names)), paint::none},
            {or_dash(counted(one.packets_in, one.octets_in)), paint::none},
            {or_dash(counted(one.packets_out, one.octets_out)), paint::none},
            {or_dash(queue_text(one, narrow)), paint::none},
            {or_dash(one.reconnects > 0 ? std::to_string(one.reconnects) : ""), paint::none}});
}

void add_peer_row(table& rows, const socket_peer_info& peer, const names_by_id& names,
                  bool narrow) {
  const auto counted = [narrow](std::uint64_t packets, std::uint64_t octets) {
    return narrow ? octets_text(octets) : traffic_text(packets, octets);
  };
  rows.add({{"", paint::none},
            {"", paint::none},
            {"", paint::none},
            {host_text(peer.host), paint::dim},
            {peer_name(peer, names), paint::none},
            {counted(peer.packets_in, peer.octets_in), paint::none},
            {counted(peer.packets_out, peer.octets_out), paint::none},
            {peer.unsent_octets > 0 ? octets_text(peer.unsent_octets) : "", paint::none},
            {"", paint::none}});
}

table rows_of(const node_sockets& of, const names_by_id& names, bool all, bool narrow) {
  table rows{{"ROLE", "TYPE", "STATE", "ENDPOINT", "PEER", ">IN", ">OUT", ">QUEUE", ">RECONNECTS"}};
  for (const auto& one : of.sockets) {
    if (all || !is_long_gone(one)) {
      add_row(rows, one, names, narrow);
    }
    if (all && one.role == "inbox") {
      for (const auto& peer : one.peers) {
        add_peer_row(rows, peer, names, narrow);
      }
    }
  }
  return rows;
}

/// Below the table.
std::string remarks_on(const node_sockets& of, const names_by_id& names, bool all) {
  std::string text;
  std::size_t left_out = 0;
  for (const auto& one : of.sockets) {
    if (!all && is_long_gone(one)) {
      ++left_out;
    } else if (const auto what = remarks_of(one); !what.empty()) {
      text += "  " + one.role + " " +
              printable(endpoints_text(one) + with_peer(one, names) + ": " + what) + "\n";
    }
  }
  return left_out == 0
             ? text
             : text + "  " + std::to_string(left_out) + (left_out == 1 ? " socket" : " sockets") +
                   " of who has been gone for long: --all shows them\n";
}

}  // namespace

std::string sockets_text(const node_sockets& of, const names_by_id& names,
                         const sockets_style& style) {
  auto rows = rows_of(of, names, style.all, false);
  if (style.width > 0 && rows.width() > style.width) {
    rows = rows_of(of, names, style.all, true);
    rows.narrow(style.width, {"TYPE", "RECONNECTS", "IN", "OUT"});
  }
  return printable((of.service.empty() ? "" : of.service + ", ") + of.instance + " (" +
                   of.id.substr(0, 8) + ")") +
         "\n" + rows.text(style.colour) + remarks_on(of, names, style.all);
}

}  // namespace kith::tool
