// SPDX-License-Identifier: MPL-2.0
// The connections of the simulated network: how parcels travel on one, stall, and how it ends.

#include <algorithm>

#include "transport/sim/sim_network.hpp"
#include "transport/sim/sim_transport.hpp"

namespace kith::sim {

connection* network::find(connection_id id) noexcept {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

bool network::parted(connection& c) const {
  const auto a = c.at(side::client).host;
  const auto b = c.at(side::server).host;
  return blocked(a, b) || blocked(b, a);
}

bool network::can_pass(connection& c, side from) const {
  const auto to = c.at(other(from)).host;
  return !blocked(c.at(from).host, to) && (paused_.empty() || !paused_.contains(to));
}

std::uint64_t network::bandwidth(host_index from, host_index to) const {
  if (!slow_.empty()) {
    if (const auto found = slow_.find({from, to}); found != slow_.end()) {
      return found->second;
    }
  }
  return knobs.bandwidth;
}

void network::send(connection& on, side from, parcel&& what) {
  if (on.state == connection::phase::ending) {
    note(on, from, "dropped: the link broke", what.content);
    return;
  }
  wire& w = on.from(from);
  w.unsent += what.content.size();
  w.queued.push_back(std::move(what));
  pump(on, from);
}

void network::pump(connection& c, side from) {
  wire& w = c.from(from);
  while (!w.queued.empty() && !w.transmitting && c.state == connection::phase::open &&
         can_pass(c, from)) {
    const auto rate = bandwidth(c.at(from).host, c.at(other(from)).host);
    if (rate == 0) {
      launch(c, from);
      continue;
    }
    w.transmitting = true;
    const auto octets = w.queued.front().content.size() + 1;
    const std::chrono::duration<double> takes{static_cast<double>(octets) /
                                              static_cast<double>(rate)};
    scheduler_.after(std::chrono::duration_cast<duration>(takes),
                     [this, id = c.id, from] { wire_free(id, from); });
  }
}

void network::wire_free(connection_id id, side from) {
  connection* const c = find(id);
  if (c == nullptr || !std::exchange(c->from(from).transmitting, false)) {
    return;
  }
  if (!c->from(from).queued.empty() && c->state == connection::phase::open && can_pass(*c, from)) {
    launch(*c, from);
  }
  pump(*c, from);
}

void network::launch(connection& c, side from) {
  wire& w = c.from(from);
  parcel next = std::move(w.queued.front());
  w.queued.pop_front();
  w.unsent -= next.content.size();
  auto delay = latency();
  for (auto again = knobs.retransmit_after; chance(knobs.packet_loss); again *= 2) {
    delay += again;
  }
  next.arrival = std::max(w.last_arrival, scheduler_.now() + delay);
  w.last_arrival = next.arrival;
  scheduler_.at(next.arrival, [this, id = c.id, from] { arrive(id, from); });
  w.flying.push_back(std::move(next));
  tell_room(c, from);
}

void network::tell_room(connection& c, side from) {
  const life* const sender = find_life(c.at(from).owner);
  if (!c.from(from).wants_room || sender == nullptr || !sender->transport->has_room(c.from(from))) {
    return;
  }
  c.from(from).wants_room = false;
  scheduler_.after({}, [this, id = c.id, from] {
    connection* const now = find(id);
    const life* const to = now == nullptr ? nullptr : find_life(now->at(from).owner);
    if (to != nullptr) {
      to->loop->enter([t = to->transport, id, from] { t->room(id, from); });
    }
  });
}

void network::arrive(connection_id id, side from) {
  connection* const c = find(id);
  if (c == nullptr || c->state != connection::phase::open) {
    return;
  }
  wire& w = c->from(from);
  // After a stall the parcels have new arrivals; the events of the old ones find nothing due.
  if (w.flying.empty() || w.flying.front().arrival > scheduler_.now() || !can_pass(*c, from)) {
    return;
  }
  parcel what = std::move(w.flying.front());
  w.flying.pop_front();
  if (what.what == parcel::kind::packet && chance(knobs.link_break)) {
    note(*c, from, "dropped: the link breaks", what.content);
    snap(*c, "connection reset");
    return;
  }
  if (what.what == parcel::kind::packet && chance(knobs.packet_vanishes)) {
    note(*c, from, "dropped: it vanishes", what.content);
    return;
  }
  hand_over(*c, from, std::move(what));
}

void network::hand_over(connection& c, side from, parcel&& what) {
  const side to = other(from);
  const life* const reader = find_life(c.at(to).owner);
  if (what.what == parcel::kind::fin) {
    tell_end(c, to, "closed by the other side");
    return;
  }
  if (!c.at(to).present || reader == nullptr) {
    note(c, from, "dropped: nobody there", what.content);
    return;
  }
  note(c, from, what.what == parcel::kind::packet ? "delivered" : "subscription", what.content);
  reader->loop->enter([&] { reader->transport->arrived(c, to, std::move(what)); });
}

void network::tell_end(connection& c, side whom, std::string_view why) {
  const life* const life_of = find_life(c.at(whom).owner);
  const bool tell = c.at(whom).present && life_of != nullptr;
  note(c, other(whom), why);
  c.at(whom).present = false;
  const auto id = c.id;
  reap(c);
  if (!tell) {
    return;
  }
  life_of->loop->enter([to = life_of->transport, id, whom, detail = std::string{why}] {
    if (whom == side::client) {
      to->ended(id, transport::link_event::disconnected, detail);
    } else {
      to->departed(id);
    }
  });
}

bool network::reap(connection& c) {
  if (c.at(side::client).present || c.at(side::server).present) {
    return false;
  }
  connections_.erase(c.id);
  return true;
}

void network::close(connection_id id, side by) {
  connection* const c = find(id);
  if (c == nullptr) {
    return;
  }
  c->at(by).present = false;
  if (reap(*c)) {
    return;  // it was being dialled, or the other side is gone as well
  }
  if (c->state == connection::phase::open && !c->dark) {
    send(*c, by, parcel{parcel::kind::fin, {}, {}});
  }
}

void network::refuse(connection_id id, std::string_view why) {
  if (connection* const c = find(id)) {
    snap(*c, why);
  }
}

void network::snap(connection& c, std::string_view why) {
  if (std::exchange(c.state, connection::phase::ending) == connection::phase::ending) {
    return;
  }
  for (const side s : {side::client, side::server}) {
    for (auto* const parcels : {&c.from(s).flying, &c.from(s).queued}) {
      for (const parcel& lost : *parcels) {
        note(c, s, "dropped: the link broke", lost.content);
      }
      parcels->clear();
    }
    scheduler_.after(latency(), [this, id = c.id, s, detail = std::string{why}] {
      connection* const late = find(id);
      if (late != nullptr && late->at(s).present) {
        tell_end(*late, s, detail);
      }
    });
  }
}

void network::watch_stall(connection& c) {
  if (knobs.stall_timeout <= duration::zero()) {
    return;
  }
  scheduler_.after(knobs.stall_timeout, [this, id = c.id, stall = ++c.stall] {
    connection* const late = find(id);
    if (late != nullptr && late->stall == stall && (late->dark || parted(*late))) {
      snap(*late, "no heartbeat");
    }
  });
}

void network::resume(connection& c, side from) {
  wire& w = c.from(from);
  w.last_arrival = scheduler_.now();
  for (parcel& p : w.flying) {
    p.arrival = std::max({w.last_arrival, p.arrival, scheduler_.now() + latency()});
    w.last_arrival = p.arrival;
    scheduler_.at(p.arrival, [this, id = c.id, from] { arrive(id, from); });
  }
  pump(c, from);
}

void network::paused_changed(host_index who) {
  const life* on_it = nullptr;
  for (const auto& [id, l] : lives_) {
    on_it = l.host == who ? &l : on_it;
  }
  if (on_it != nullptr && on_it->loop->paused()) {
    paused_.insert(who);
    return;
  }
  paused_.erase(who);
  for (auto& [id, c] : connections_) {
    for (const side s : {side::client, side::server}) {
      if (c->state == connection::phase::open && c->at(other(s)).host == who) {
        resume(*c, s);
      }
    }
  }
}

void network::note(connection& c, side from, std::string_view what) {
  trace.link(scheduler_.now(), hosts_[c.at(from).host], hosts_[c.at(other(from)).host], c.id, what);
}

void network::note(connection& c, side from, std::string_view what, byte_view content) {
  trace.packet(scheduler_.now(), hosts_[c.at(from).host], hosts_[c.at(other(from)).host], c.id,
               what, content);
}

}  // namespace kith::sim
