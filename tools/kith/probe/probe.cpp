// SPDX-License-Identifier: MPL-2.0
#include "kith/probe/probe.hpp"

#include <utility>

#include "kith/probe/probe_socket.hpp"
#include "kith/trust/authority_directory.hpp"
#include "security/node_mark.hpp"

namespace kith::tool {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds nudge_after{250};
constexpr milliseconds pages_limit{500};
constexpr std::size_t most_of_a_page = 4096;

struct server {
  std::string key;   ///< Z85; empty: no keys
  std::string name;  ///< of its service, when the ring has it
};

std::vector<server> servers_of(const probe_request& what) {
  if (!what.keys) {
    return {server{}};
  }
  if (!what.server_key.empty()) {
    const auto* const name = what.keys->name_of(what.server_key);
    return {{what.server_key, name != nullptr ? *name : std::string{}}};
  }
  std::vector<server> all;
  for (const auto& known : what.keys->known()) {
    if (what.service.empty() || known.name == what.service) {
      all.push_back({known.key, known.name});
    }
  }
  if (const auto* const self = what.keys->self(); self != nullptr && all.empty()) {
    all.push_back({self->key, self->name});
  }
  return all.empty() ? std::vector<server>{server{}} : all;
}

zmtp::handshake_options options_of(const probe_request& what, const server& whom,
                                   const std::string& guess) {
  zmtp::handshake_options options;
  options.socket_type = what.socket_type;
  options.guess = guess;
  const auto server = security::key_of_z85(whom.key);
  const auto own = what.keys ? security::key_of_z85(what.keys->own().secret_key) : std::nullopt;
  if (server && own) {
    options.keys = zmtp::curve_keys{security::secret::copy_of(security::view_of(*own)), *server};
    options.chance = fresh_octets(security::curve_client::chance_size).view();
  }
  return options;
}

probe_greeting greeting_of(const probe_request& what) {
  probe_greeting greeting;
  greeting.wanted = what.speak_kith;
  const auto id = fresh_octets(greeting.self.id.octets.size());
  greeting.self.id = *node_id::from_bytes(id.view());
  security::mark(greeting.self.id, greeting.self.service);
  greeting.self.incarnation = 1;
  greeting.self.domain = what.domain;
  greeting.self.instance = "kith-probe";
  const auto nonce = fresh_octets(greeting.self.id.octets.size());
  greeting.nonce_topic = "kith.nonce." + security::hexadecimal(nonce.view());
  return greeting;
}

probe_end talk(probe_socket& socket, probe_dialogue& dialogue, const time_limit& limit) {
  for (;;) {
    const bool sent = socket.send(dialogue.take_output(), limit);
    if (dialogue.done()) {
      return dialogue.end(false);
    }
    bytes heard;
    const auto woke = socket.receive(heard, nudge_after, limit);
    dialogue.feed(heard);
    if (woke == wake::quiet) {
      dialogue.nudge();
    } else if (woke != wake::octets || (!sent && heard.empty())) {
      return dialogue.end(woke != wake::time_over);
    }
  }
}

probed probe_once(const probe_request& what, const server& whom, const std::string& guess,
                  const time_limit& limit) {
  probed found;
  auto& report = found.report;
  report.endpoint = what.where.to_string();
  auto socket = probe_socket::connect(what.where, limit);
  if (!socket) {
    found.end = socket.error();
    return found;
  }
  report.address = socket->address();
  report.connected_us = limit.spent().count();
  probe_dialogue dialogue{options_of(what, whom, guess), greeting_of(what)};
  found.end = talk(*socket, dialogue, limit);
  take(report, dialogue);
  if (found.end != probe_end::wrong_server_key) {
    report.key_of = dialogue.zmtp().theirs() && report.mechanism == "CURVE" ? whom.name : "";
  }
  return found;
}

/// CURVE's client has to say first which type of socket it is.
bool may_be_an_outlet(const probe_request& what, const probed& found) {
  return found.report.mechanism == "CURVE" && what.socket_type.empty() &&
         found.end == probe_end::closed_in_handshake;
}

/// Who speaks HTTP waits for a request, and so says nothing to a greeting, or hangs up.
void ask_for_pages(const probe_request& what, probed& found) {
  const time_limit limit{pages_limit};
  auto socket = probe_socket::connect(what.where, limit);
  if (!socket || !socket->send("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", limit)) {
    return;
  }
  bytes heard;
  while (heard.size() < most_of_a_page &&
         socket->receive(heard, pages_limit, limit) == wake::octets) {
  }
  if (heard.starts_with("HTTP/")) {
    found.end = probe_end::not_zmtp;
    found.report.speaks = "HTTP";
    found.report.pages = heard.find("/healthz") != bytes::npos;
  }
}

}  // namespace

probed probe(const probe_request& what) {
  const time_limit limit{what.limit};
  probed found;
  for (const auto& whom : servers_of(what)) {
    found = probe_once(what, whom, "DEALER", limit);
    if (may_be_an_outlet(what, found)) {
      if (auto again = probe_once(what, whom, "SUB", limit); is_good(again.end)) {
        found = std::move(again);
      }
    }
    if (found.end != probe_end::wrong_server_key) {
      break;
    }
  }
  if (found.end == probe_end::silent || found.end == probe_end::closed_at_once) {
    ask_for_pages(what, found);
  }
  found.report.took_us = limit.spent().count();
  explain(found.report, found.end, what.keys != nullptr);
  return found;
}

std::shared_ptr<const security::keyring> stranger_keys() {
  const auto made = fresh_octets(security::key_size);
  security::key_pair own{security::z85_of(security::view_of(security::curve_public(made.view()))),
                         security::z85_of(made.view())};
  return std::make_shared<const security::keyring>(std::move(own), security::known_key{},
                                                   std::vector<security::known_key>{});
}

}  // namespace kith::tool
