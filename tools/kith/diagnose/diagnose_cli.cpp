// SPDX-License-Identifier: MPL-2.0
#include "kith/diagnose/diagnose_cli.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "kith/base/arguments.hpp"
#include "kith/base/network_options.hpp"
#include "kith/base/session.hpp"

namespace kith::tool {
namespace {

constexpr auto probe_examples =
    "Examples:\n"
    "  kith probe tcp://10.0.0.7:5555       what is there, ZeroMQ or not\n"
    "  kith probe ipc:///run/user/1000/kith/0011.in\n"
    "  kith probe 127.0.0.1:40001 --trust /etc/kith --as operator\n"
    "  kith probe 127.0.0.1:40001 --server-key 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7'\n"
    "  kith probe 127.0.0.1:40001 --json | jq -r '.end, .finding'\n"
    "\n"
    "It speaks ZMTP 3.1 itself, over a plain socket, and says how far it gets: the greeting, the\n"
    "mechanism, the socket type, READY, and why a peer would not get on with it. To a ROUTER it\n"
    "then says kith's hello, and at an XPUB it subscribes to something that only kith's outlets\n"
    "confirm; --no-hello leaves that out. With --server-key and no keys of its own it comes as a\n"
    "stranger.\n"
    "Status 0: a peer would get on with it; 1: it is there, and a peer would not; 3: nobody is\n"
    "there.";

constexpr auto decode_examples =
    "Examples:\n"
    "  kith decode 920907                      a packet, or what else it is\n"
    "  tcpdump -i lo -w - port 40001 | kith decode -\n"
    "  kith decode capture.pcapng --port 40001\n"
    "  kith decode capture.pcap --summary      a line for each frame\n"
    "  kith decode --as event 6f72646572...    that it is an event packet is known\n"
    "  kith decode shop.kithrec                what kith record wrote\n"
    "\n"
    "Reads hexadecimal digits (with blanks, colons and ;-comments, as on docs/protocol.md), a\n"
    "capture (pcap, pcapng), a recording, or the octets of one direction of a connection, and\n"
    "prints greeting, handshake, frames and kith's envelopes. What is missing in a capture is "
    "said. What CURVE has\n"
    "sealed nobody can read but who has the keys.\n"
    "Status 0: all of it was understood; 1: some of it was no good, and where is said; 3: the\n"
    "capture has no connection (to --port); 6: it could not be read.";

constexpr auto sockets_examples =
    "Examples:\n"
    "  kith sockets order                   of each instance of order\n"
    "  kith sockets order-1 --all           and each connection of its inbox, and who is gone\n"
    "  kith sockets 1a2b --json | jq '.nodes[].sockets[] | select(.full > 0)'\n"
    "\n"
    "IN and OUT are packets and their octets since the node was started; QUEUE is what waits to\n"
    "leave, and its high-water mark. RECONNECTS counts connections after the first one to that\n"
    "endpoint. What was dropped, and how the last connection ended, is below each socket.\n"
    "STATE of a peer without a connection has how long it has had none: dialling and down, it is\n"
    "tried again and again; dead, it is held for dead; left, it said goodbye. Those that have "
    "been\n"
    "dead or left for more than a minute are shown with --all. A narrow terminal has less of it.";

constexpr auto doctor_examples =
    "Examples:\n"
    "  kith doctor                          why nodes of this machine do not meet\n"
    "  kith doctor --insecure-lan           the same, of the local network\n"
    "  kith doctor 10.0.0.7:5555            and whether that can be reached\n"
    "  kith doctor --trust /etc/kith --as payment --listen 'tcp://0.0.0.0:*'\n"
    "  kith doctor --json | jq '.findings[] | select(.severity == \"error\")'\n"
    "\n"
    "It tries out what a node with these settings would use: sends to the beacon's group on each\n"
    "interface and listens, probes who was heard, the seeds and the endpoints that are given, and\n"
    "looks at limits, directories, clocks and certificates. Each finding has its next step. What\n"
    "it sends belongs to a domain of its own, which nodes do not heed.\n"
    "Status 0: nothing was found that keeps nodes apart; 1: something was.";

void add_probe(CLI::App& app, probe_options& options) {
  auto* const sub = app.add_subcommand("probe", "what is at an endpoint, and why not");
  sub->add_option("endpoint", options.endpoint, "tcp://HOST:PORT, HOST:PORT or ipc://PATH")
      ->required();
  sub->add_option("--timeout", options.timeout_s, "for all of it (3)")
      ->type_name("SECONDS")
      ->check(number_between(0.01, 600));
  sub->add_option("--type", options.socket_type, "be this socket (what fits)")->type_name("TYPE");
  sub->add_option("--domain", options.domain, "say to be of this domain (kith)")
      ->envname("KITH_DOMAIN")
      ->type_name("NAME");
  sub->add_flag("--no-hello", options.no_hello, "ZMTP's handshake only");
  sub->add_option("--server-key", options.server_key, "whose key it must hold (those of --trust)")
      ->type_name("KEY");
  sub->add_option("--service", options.service, "with keys: try those of this service")
      ->type_name("NAME");
  auto* const trust = sub->add_option("--trust", options.trust, "this trust directory (KITH_TRUST)")
                          ->envname("KITH_TRUST")
                          ->type_name("DIR");
  sub->add_option("--as", options.as, "whose keys there to use (the only ones)")
      ->envname("KITH_TRUST_AS")
      ->type_name("NAME");
  sub->add_option("--keys", options.keys, "this keys file")->excludes(trust)->type_name("FILE");
  sub->add_flag("--json", options.json, "for programs");
  sub->footer(probe_examples);
}

void add_decode(CLI::App& app, decode_options& options) {
  auto* const sub = app.add_subcommand("decode", "explain captured octets");
  sub->add_option("input", options.inputs, "hex, a file, or - for standard input (-)");
  sub->add_option("--port", options.port, "of a capture: only connections to this port")
      ->type_name("PORT")
      ->check(whole_number(1, 65'535));
  sub->add_option("--as", options.as, "what hex is: stream, packet, event or beacon")
      ->check(CLI::IsMember({"stream", "packet", "event", "beacon"}));
  sub->add_flag("--summary", options.summary, "a line for each frame, without its octets");
  sub->add_flag("--json", options.json, "for programs: an object a line");
  sub->footer(decode_examples);
}

void add_sockets(CLI::App& app, sockets_options& options, const auto& add_common) {
  auto* const sub = app.add_subcommand("sockets", "what passes each socket of a node");
  sub->add_option("node", options.whom, "a service, an instance, or 4 digits of an id")->required();
  sub->add_flag("--all", options.all, "each connection of an inbox, and who is gone, too");
  add_common(*sub);
  sub->footer(sockets_examples);
}

void add_doctor(CLI::App& app, doctor_options& options, const auto& add_common) {
  auto* const sub = app.add_subcommand("doctor", "why nodes do not meet");
  sub->add_option("endpoint", options.endpoints, "that must be reached, too");
  sub->add_option("--listen", options.listen, "as a node that listens there (tcp://127.0.0.1:*)")
      ->type_name("ENDPOINT");
  sub->add_option("--for", options.for_s, "wait so long for beacons (2.2)")
      ->type_name("SECONDS")
      ->check(number_between(0, 60));
  add_common(*sub);
  sub->footer(doctor_examples);
}

}  // namespace

void add_diagnose_commands(CLI::App& to, diagnose_options& options,
                           const std::function<void(CLI::App&)>& add_common) {
  add_probe(to, options.probe);
  add_decode(to, options.decode);
  add_sockets(to, options.sockets, add_common);
  add_doctor(to, options.doctor, add_common);
}

std::function<exit_status()> diagnose_command(const CLI::App& app, const network_options& common,
                                              diagnose_options& options) {
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  if (app.got_subcommand("probe")) {
    options.probe.now = std::chrono::floor<std::chrono::seconds>(now);
    return [&options] { return probe_endpoint(options.probe); };
  }
  if (app.got_subcommand("sockets")) {
    return [&] {
      return run_on(settings_of(common),
                    [&](node& on) { return sockets(on, common, options.sockets); });
    };
  }
  if (app.got_subcommand("doctor")) {
    options.doctor.now = now;
    return [&] { return doctor(common, options.doctor); };
  }
  if (app.got_subcommand("decode")) {
    return [&options] { return decode(options.decode); };
  }
  return {};
}

}  // namespace kith::tool
