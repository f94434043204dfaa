// SPDX-License-Identifier: MPL-2.0
#include "kith/probe/probe_report.hpp"

#include <algorithm>

#include "base/endpoint.hpp"
#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"
#include "security/keys.hpp"

namespace kith::tool {
namespace {

constexpr std::size_t shown_first_octets = 32;

std::string readable(byte_view octets) {
  const bool text =
      std::all_of(octets.begin(), octets.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return text ? std::string{octets} : security::hexadecimal(octets);
}

probed_node node_of(const wire::welcome& welcome) {
  const auto& self = welcome.self;
  return {welcome.version,
          self.id.to_string(),
          self.service,
          self.instance,
          self.domain,
          self.inbox,
          self.outlet,
          self.zone,
          static_cast<std::uint32_t>(self.methods.size()),
          static_cast<std::uint32_t>(self.topics.size())};
}

struct words {
  std::string finding;
  std::string advice;
};

std::string with_article(const std::string& type) {
  return type.empty() ? "a socket" : (type.front() == 'X' ? "an " : "a ") + type;
}
std::string type_of(const probe_report& report) {
  return with_article(report.socket_type);
}

/// ZAP's statuses (ZeroMQ RFC 27).
words words_of_zap(const std::string& reason) {
  if (reason == "400") {
    return {"its authentication (ZAP) says 400: it does not know this client's key",
            "give it our key: a certificate of its domain (kith trust sign), or a line in its keys "
            "file"};
  }
  if (reason == "300" || reason == "500") {
    return {"its authentication (ZAP) says " + reason + ": it is not able to judge just now",
            "look into its log; a ZAP handler that failed refuses everybody"};
  }
  return {"it refuses with ERROR" + (reason.empty() ? "" : ": " + reason),
          "look into its log for why it refuses"};
}

words words_of_refusal(const std::string& reason) {
  return {"a kith node, and it refuses us: " + reason,
          "mend what it says: --domain must be its own, and with keys a peer's service must be the "
          "one that its key stands for"};
}

words words_of_type(const probe_report& report) {
  return {"it is " + type_of(report) + ", which does not talk to " + with_article(report.our_type),
          "connect a " + std::string{zmtp::partner_of(report.socket_type)} + " to it" +
              (report.socket_type == "XPUB" || report.socket_type == "PUB"
                   ? "; a node's inbox is its ROUTER, this is where its events are"
                   : "")};
}

words words_of_closing(const probe_report& report) {
  if (report.mechanism == "CURVE") {
    return {"it holds the right key and hangs up on ours without a reason",
            "it refuses our key, or our socket type: look into its log, and try --type"};
  }
  return {"it hangs up in the middle of the handshake",
          report.mechanism.empty()
              ? "look into its log; a limit of connections or a proxy does this"
              : "its socket type does not fit, or its authentication refuses us without a word: "
                "look into its log"};
}

std::string authority_of(const std::string& endpoint) {
  constexpr std::string_view tcp = "tcp://";
  return endpoint.starts_with(tcp) ? endpoint.substr(tcp.size()) : endpoint;
}

words words_of_reached(const probe_report& report, probe_end end, bool with_keys) {
  const std::string key = "give --server-key, or --trust DIR";
  switch (end) {
    case probe_end::welcomed: return {"the inbox of a kith node; it welcomes us", ""};
    case probe_end::confirmed: return {"the outlet of a kith node; it confirms subscriptions", ""};
    case probe_end::ready:
      return {"ZeroMQ: " + type_of(report) + ", and the handshake is good", ""};
    case probe_end::no_kith:
      return {"ZeroMQ: " + type_of(report) +
                  ", and the handshake is good; it does not answer "
                  "kith's greeting",
              "it is no kith node, or one that hangs: kith ls -v, and its log, tell"};
    case probe_end::refused_by_kith: return words_of_refusal(report.detail);
    case probe_end::not_zmtp:
      if (report.pages) {
        return {"no ZeroMQ: it speaks HTTP: the pages of a kith node (--admin)",
                "curl http://" + authority_of(report.endpoint) +
                    "/ shows them; calls go to its inbox, which kith ls tells"};
      }
      return {"no ZeroMQ: it speaks " + report.speaks,
              "it is another service's port: compare it with what the node said at its start "
              "(listens at ...)"};
    case probe_end::old_zmtp:
      return {"an old ZeroMQ, which speaks " + report.speaks + ": kith needs ZMTP 3",
              "libzmq 4 or later on the other side"};
    case probe_end::broken_zmtp:
      return {"it begins like ZeroMQ and then breaks the protocol: " + report.detail,
              "kith decode of a capture shows the octets; a proxy between may have changed them"};
    case probe_end::plain_wanted:
      return {"it wants a user and a password (mechanism PLAIN): kith speaks NULL or CURVE",
              "it is no kith node"};
    case probe_end::curve_wanted:
      return {
          "it has keys (mechanism CURVE), and this probe has none: a node without --trust or "
          "--keys is not let in",
          key + ", to look further"};
    case probe_end::curve_refused:
      return {
          "it has no keys (mechanism NULL), and this probe has: a node either has keys or has "
          "none, and the two do not talk",
          "start it with --trust too, or look without keys"};
    case probe_end::two_clients:
      return {"it is a CURVE client as we are: it connects to others and serves nobody",
              "a node's bound sockets are CURVE servers: this one is set up the wrong way round"};
    case probe_end::other_mechanism:
      return {"it wants the mechanism " + report.mechanism + ": kith speaks NULL or CURVE",
              "it is no kith node"};
    case probe_end::wrong_server_key:
      return {"it does not hold the server key that we were told",
              "compare the key with its certificate or keys file; was it given new keys, or is "
              "this another machine?"};
    case probe_end::refused_by_zap: return words_of_zap(report.detail);
    case probe_end::types_do_not_fit: return words_of_type(report);
    case probe_end::closed_in_handshake: return words_of_closing(report);
    case probe_end::silent_in_handshake:
      return {"it greets and then says no more", with_keys
                                                     ? "its ZAP handler may hang: look into its log"
                                                     : "its process may hang: look into its log"};
    default: return {};
  }
}

words words_of_unreached(probe_end end) {
  switch (end) {
    case probe_end::closed_at_once:
      return {"it accepts the connection and hangs up without a word",
              "it may be out of descriptors or over a limit of connections, or a proxy without "
              "anybody behind it"};
    case probe_end::silent:
      return {"it accepts the connection and says nothing: ZeroMQ greets first",
              "its process may be stopped or hung, or this is no ZeroMQ"};
    case probe_end::no_such_host:
      return {"no such host: the name has no address", "give an address, or mend the name"};
    case probe_end::port_closed:
      return {"the machine is there, and nobody listens at that port",
              "is the node running? its port changes with each start unless --listen names one: "
              "kith ls tells"};
    case probe_end::unreachable:
      return {"no way leads there", "look at the routes, the interface and the firewall"};
    case probe_end::no_answer:
      return {"nothing answers within the time",
              "the machine is down, or a firewall drops the packets"};
    case probe_end::no_such_socket:
      return {"there is no such socket file", "is the node running? kith ls tells its endpoint"};
    case probe_end::stale_socket:
      return {"the socket file is there, and nobody listens at it",
              "its process is gone: the file may be removed"};
    case probe_end::no_permission:
      return {"the socket file is not for us",
              "run it as the user of that node: ipc is for one user only"};
    case probe_end::no_socket_here: return {"this machine gives no socket", "look at ulimit -n"};
    default: return {};
  }
}

void add_remarks(probe_report& report, probe_end end) {
  const auto where = endpoint::parse_seed(report.endpoint);
  if (is_good(end) && where && !where->is_loopback() && report.mechanism == "NULL") {
    report.advice += (report.advice.empty() ? "" : "; ") +
                     std::string{
                         "it is beyond this machine and has no keys: nodes talk to it only "
                         "with --insecure-lan"};
  }
}

}  // namespace

bool is_good(probe_end end) noexcept {
  return end <= probe_end::no_kith;
}

bool is_nobody(probe_end end) noexcept {
  return end >= probe_end::no_such_host;
}

void take(probe_report& report, const probe_dialogue& from) {
  const auto& spoken = from.zmtp();
  report.speaks = spoken.speaks();
  if (spoken.theirs()) {
    report.mechanism = spoken.theirs()->mechanism;
    report.as_server = spoken.theirs()->as_server;
  }
  report.socket_type = zmtp::value_of(spoken.properties(), "Socket-Type");
  report.identity = readable(zmtp::value_of(spoken.properties(), "Identity"));
  report.our_type = spoken.our_type();
  report.first_octets =
      security::hexadecimal(byte_view{spoken.first_octets()}.substr(0, shown_first_octets));
  report.detail = spoken.detail();
  const auto& answer = from.answer();
  if (answer.welcome) {
    report.node = node_of(*answer.welcome);
  }
  if (answer.refuse) {
    report.detail = std::string{name_of(answer.refuse->code)} + ": " + answer.refuse->reason;
  }
  if (answer.confirmed) {
    report.heads.emplace();
    for (const auto& head : answer.heads) {
      report.heads->push_back({head.topic, head.sequence});
    }
  }
}

void explain(probe_report& report, probe_end end, bool with_keys) {
  report.end = name_of(end);
  auto said = words_of_reached(report, end, with_keys);
  if (said.finding.empty()) {
    said = words_of_unreached(end);
  }
  report.finding = std::move(said.finding);
  report.advice = std::move(said.advice);
  add_remarks(report, end);
}

std::string probe_text(const probe_report& report, bool good, bool colour) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      text += std::string{name} + std::string(13 - name.size(), ' ') + printable(value) + "\n";
    }
  };
  text += printable(report.endpoint) + ": " +
          painted(printable(report.finding), good ? paint::green : paint::red, colour) + "\n";
  line("address",
       report.address +
           (report.connected_us > 0 ? ", connected after " + span_text(report.connected_us) : ""));
  line("speaks", report.speaks);
  line("first octets", report.first_octets);
  line("mechanism",
       report.mechanism.empty() ? "" : report.mechanism + (report.as_server ? ", as server" : ""));
  line("key of", report.key_of);
  line("socket type", report.socket_type);
  line("identity", report.identity);
  line("said", report.detail);
  if (const auto& node = report.node) {
    line("node", (node->service.empty() ? "a tool" : node->service) + ", " + node->instance + " (" +
                     node->id.substr(0, 8) + "), domain " + node->domain + ", kith/" +
                     std::to_string(node->protocol));
    line("inbox", node->inbox);
    line("outlet", node->outlet);
    line("offers",
         std::to_string(node->methods) + " methods, " + std::to_string(node->topics) + " topics");
  }
  if (report.heads) {
    for (const auto& head : *report.heads) {
      line("topic", head.topic + " #" + std::to_string(head.sequence));
    }
  }
  line("next", report.advice);
  return text;
}

}  // namespace kith::tool
