// SPDX-License-Identifier: MPL-2.0
#include "transport/sim/sim_network.hpp"

#include <algorithm>

#include "base/endpoint.hpp"
#include "transport/sim/sim_datagram_port.hpp"
#include "transport/sim/sim_transport.hpp"

namespace kith::sim {

network::network(runtime::sim_scheduler& scheduler, std::uint64_t seed)
    : scheduler_{scheduler}, random_{seed} {}

network::~network() = default;

host_index network::add_host(std::string name) {
  hosts_.push_back(std::move(name));
  return hosts_.size() - 1;
}

std::size_t network::index_of(std::string_view name) const {
  return static_cast<std::size_t>(std::find(hosts_.begin(), hosts_.end(), name) - hosts_.begin());
}

transport_id network::attach(host_index where, runtime::sim_loop& loop, sim_transport& transport) {
  lives_.emplace(++next_life_, life{where, &loop, &transport});
  return next_life_;
}

void network::detach(transport_id who, departure how) {
  if (lives_.erase(who) == 0) {
    return;
  }
  std::erase_if(listeners_, [&](const auto& entry) {
    const bool his = entry.second.owner == who;
    if (his && how != departure::orderly && entry.first.starts_with("ipc:")) {
      left_files_.insert(entry.first);
    }
    return his;
  });
  std::vector<std::pair<connection_id, side>> mine;
  for (auto& [id, c] : connections_) {
    for (const side s : {side::client, side::server}) {
      if (c->at(s).owner == who && c->at(s).present) {
        mine.emplace_back(id, s);
      }
    }
  }
  for (const auto& [id, s] : mine) {
    connection* const c = find(id);
    if (c == nullptr) {
      continue;
    }
    if (how == departure::silent && c->state == connection::phase::open) {
      c->at(s).present = false;
      c->dark = true;
      c->from(s).queued.clear();
      watch_stall(*c);
      continue;
    }
    if (how != departure::orderly) {
      c->from(s).queued.clear();
    }
    close(id, s);
  }
}

namespace {

// Where a listener is found: by its full address, or by the port alone when it listens on all.
result<std::string> listener_key(const std::string& text, const std::uint16_t free_port,
                                 std::string& bound) {
  auto parsed = endpoint::parse(text);
  if (!parsed) {
    return tl::make_unexpected(parsed.error());
  }
  if (parsed->kind == endpoint::scheme::tcp && !parsed->port) {
    parsed->port = free_port;
  }
  bound = parsed->to_string();
  if (parsed->kind == endpoint::scheme::tcp && parsed->is_wildcard()) {
    return "*:" + std::to_string(*parsed->port);
  }
  return bound;
}

}  // namespace

result<std::string> network::listen(transport_id who, const std::string& endpoint, bool outlet,
                                    const transport::security_policy& policy) {
  std::string bound;
  const auto key = listener_key(endpoint, static_cast<std::uint16_t>(next_port_ + 1), bound);
  if (!key) {
    return tl::make_unexpected(key.error());
  }
  const life* const owner = find_life(who);
  const auto [at, fresh] =
      listeners_.try_emplace(*key, listener{who, owner->host, outlet, policy.keys});
  if (!fresh) {
    return fail(errc::address_in_use,
                "cannot bind " + endpoint + ": address in use by " + hosts_[at->second.host]);
  }
  left_files_.erase(bound);
  if (bound.ends_with(":" + std::to_string(next_port_ + 1))) {
    ++next_port_;
  }
  return bound;
}

const network::listener* network::find_listener(const std::string& endpoint) const {
  auto found = listeners_.find(endpoint);
  if (found == listeners_.end()) {
    found = listeners_.find("*" + endpoint.substr(endpoint.rfind(':')));
  }
  return found == listeners_.end() ? nullptr : &found->second;
}

result<connection_id> network::dial(transport_id who, const std::string& endpoint, bool to_outlet,
                                    const transport::security_policy& policy) {
  std::string key;
  if (const auto valid = listener_key(endpoint, 0, key); !valid) {
    return tl::make_unexpected(valid.error());
  }
  auto fresh = std::make_unique<connection>();
  fresh->id = ++next_connection_;
  fresh->to_outlet = to_outlet;
  fresh->policy = policy;
  fresh->at(side::client) = {who, find_life(who)->host, true};
  fresh->at(side::server).present = false;
  const auto id = fresh->id;
  connections_.emplace(id, std::move(fresh));
  auto delay = latency() + latency();
  // Either half of the handshake may be lost; TCP asks again after one second, then two (RFC 6298).
  for (auto again = knobs.redial_after; chance(knobs.packet_loss) || chance(knobs.packet_loss);
       again *= 2) {
    delay += again;
  }
  scheduler_.after(delay,
                   [this, id, key, dialed = scheduler_.now()] { shake_hands(id, key, dialed); });
  return id;
}

void network::shake_hands(connection_id id, const std::string& endpoint, time_point dialed) {
  connection* const c = find(id);
  if (c == nullptr) {
    return;
  }
  const listener* const target = find_listener(endpoint);
  if (target == nullptr) {
    fail_dial(*c, transport::link_event::refused, "connection refused");
    return;
  }
  c->at(side::server) = {target->owner, target->host, false};
  if (parted(*c)) {
    scheduler_.at(dialed + knobs.connect_timeout, [this, id] {
      if (connection* const late = find(id)) {
        fail_dial(*late, transport::link_event::unreachable, "timed out");
      }
    });
    return;
  }
  if (target->outlet != c->to_outlet) {
    fail_dial(*c, transport::link_event::handshake_failed, "the other side is no such socket");
    return;
  }
  if (const auto why = unproved(*c, *target); !why.empty()) {
    fail_dial(*c, transport::link_event::handshake_failed, why);
    return;
  }
  c->at(side::server).present = true;
  c->state = connection::phase::open;
  note(*c, side::client, "connected");
  const life* const dialer = find_life(c->at(side::client).owner);
  dialer->loop->enter([to = dialer->transport, id] { to->connected(id); });
  if (connection* const still = find(id)) {
    pump(*still, side::client);
  }
}

/// What CURVE and its handler would say, as far as a public key proves anything in a simulation.
std::string_view network::unproved(connection& c, const listener& target) {
  const auto& ours = c.policy.keys;
  if ((ours == nullptr) != (target.keys == nullptr)) {
    return ours == nullptr ? "it wants keys and we have none" : "it has no keys and we have";
  }
  if (ours == nullptr) {
    return {};
  }
  if (c.policy.server_key != target.keys->own().public_key) {
    return "its key is another one";
  }
  if (target.keys->find(ours->own().public_key) == nullptr) {
    return "it refused our key";
  }
  c.client_key = ours->own().public_key;
  return {};
}

bool network::use_keys(transport_id who, const std::shared_ptr<const security::keyring>& ring) {
  bool other = false;
  for (auto& [at, one] : listeners_) {
    if (one.owner == who) {
      other = other || one.keys->own().public_key != ring->own().public_key;
      one.keys = ring;
    }
  }
  for (auto& [id, c] : connections_) {
    if (other && c->at(side::server).owner == who && c->at(side::server).present) {
      snap(*c, "its keys were exchanged");
    }
  }
  return other;
}

void network::fail_dial(connection& c, transport::link_event how, std::string_view detail) {
  note(c, side::client, detail);
  const life* const dialer = find_life(c.at(side::client).owner);
  const auto id = c.id;
  connections_.erase(id);
  dialer->loop->enter(
      [to = dialer->transport, id, how, why = std::string{detail}] { to->ended(id, how, why); });
}

void network::unplug(const std::string& endpoint) {
  if (listeners_.erase(endpoint) > 0) {
    left_files_.insert(endpoint);
  }
}

void network::join(sim_datagram_port& port) {
  members_.push_back({&port, ++next_ticket_});
}

void network::leave(sim_datagram_port& port) noexcept {
  std::erase_if(members_, [&](const member& m) { return m.port == &port; });
}

void network::multicast(const sim_datagram_port& from, byte_view datagram) {
  for (const member& m : members_) {
    if (m.port->group() != from.group() || blocked(from.where(), m.port->where())) {
      continue;
    }
    if (chance(knobs.datagram_loss)) {
      trace.packet(scheduler_.now(), hosts_[from.where()], hosts_[m.port->where()], 0,
                   "datagram lost", datagram);
      continue;
    }
    const int copies = chance(knobs.datagram_duplication) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      scheduler_.after(latency(),
                       [this, ticket = m.ticket, at = from.where(), text = std::string{datagram}] {
                         deliver_datagram(ticket, at, text);
                       });
    }
  }
}

void network::deliver_datagram(std::uint64_t ticket, host_index from, const std::string& datagram) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const member& m) { return m.ticket == ticket; });
  if (found == members_.end()) {
    return;
  }
  sim_datagram_port& port = *found->port;
  if (port.loop().paused() || blocked(from, port.where())) {
    port.dropped();
    return;
  }
  trace.packet(scheduler_.now(), hosts_[from], hosts_[port.where()], 0, "datagram", datagram);
  port.loop().enter([&] { port.heard(datagram); });
}

bool network::blocked(host_index from, host_index to) const {
  return !blocked_.empty() && blocked_.contains({from, to});
}

duration network::latency() {
  const auto spread = std::max(knobs.latency_max - knobs.latency_min, duration::zero());
  return knobs.latency_min + duration{static_cast<duration::rep>(
                                 random_.below(static_cast<std::uint64_t>(spread.count()) + 1))};
}

bool network::chance(double probability) {
  return probability > 0 && random_.unit() < probability;
}

network::life* network::find_life(transport_id id) noexcept {
  const auto found = lives_.find(id);
  return found == lives_.end() ? nullptr : &found->second;
}

}  // namespace kith::sim
