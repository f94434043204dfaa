// SPDX-License-Identifier: MPL-2.0
#include "peers/own_links.hpp"

#include <utility>

#include "peers/description.hpp"
#include "peers/greeting.hpp"

namespace kith::peers {

void own_links::connect(const node_id& peer, const std::string& endpoint, std::string_view service,
                        bool fresh) {
  auto found = rows_.find(peer);
  if (found != rows_.end() &&
      (found->second->leads_elsewhere(endpoint, service) || found->second->leaving)) {
    drop(peer, "it is reached elsewhere now", false);
    found = rows_.end();
  }
  if (found == rows_.end()) {
    auto made = std::make_unique<own_link>(shared_, settled_, peer, endpoint, service);
    found = rows_.insert_or_assign(peer, std::move(made)).first;
    act(*found->second, found->second->machine.start(shared_.loop.now(), is_here(peer)), {});
  } else if (fresh && found->second->is_open()) {
    broke(peer, "it is silent");
  }
}

void own_links::drop(const node_id& peer, std::string_view reason, bool graceful) {
  const auto found = rows_.find(peer);
  if (found == rows_.end()) {
    return;
  }
  auto& link = *found->second;
  if (graceful && link.is_open()) {
    link.leaving = true;  // replies in flight may still come; it will hang up
    shared_.loop.cancel(link.timer);
    link.timer = shared_.loop.after(shared_.options.leaving_grace,
                                    [this, peer] { drop(peer, "it said goodbye", false); });
    return;
  }
  const auto removed = std::move(found->second);
  rows_.erase(found);
  removed->say_last_word();
  act(*removed, removed->machine.close(), reason);
}

void own_links::check_keys() {
  std::vector<node_id> ended;
  std::vector<node_description> changed;
  for (auto& [id, link] : rows_) {
    if (link->expected == nullptr) {
      continue;
    }
    link->expected = keys_.find(link->expected->key);
    if (link->expected == nullptr) {
      ended.push_back(id);
    } else if (link->is_open()) {
      const auto before = link->description;
      link->believe();
      if (before != link->description) {
        changed.push_back(link->description);
      }
    }
  }
  for (const auto& id : ended) {
    broke(id, "its certificate has ended or is revoked");
  }
  for (const auto& peer : changed) {
    for (auto* watcher : shared_.watchers) {
      watcher->on_link_open(peer);
    }
  }
}

void own_links::break_open(std::string_view why) {
  std::vector<node_id> open;
  for (const auto& [id, link] : rows_) {
    if (link->is_open()) {
      open.push_back(id);
    }
  }
  for (const auto& id : open) {
    broke(id, why);
  }
}

void own_links::ping(time_point now) {
  const auto depth = shared_.queue_depth();
  ++ping_sequence_;
  for (auto& [id, link] : rows_) {
    if (link->is_open()) {
      link->ping(ping_sequence_, now, depth);
    }
  }
}

void own_links::say_goodbye() {
  for (auto& [id, link] : rows_) {
    if (link->writer && link->is_open()) {
      static_cast<void>(link->writer->write(*shared_.farewell));
    }
  }
}

void own_links::say_last_words() {
  for (auto& [id, link] : rows_) {
    link->say_last_word();
  }
}

void own_links::stop() {
  for (auto& [id, link] : rows_) {
    shared_.loop.cancel(link->timer);
  }
  rows_.clear();
  by_link_.clear();
}

packet_writer* own_links::writer_to(const node_id& peer) const {
  const auto found = rows_.find(peer);
  const bool usable = found != rows_.end() && !found->second->leaving && found->second->is_open();
  return usable ? found->second->writer.get() : nullptr;
}

const node_description* own_links::peer_at(transport::link_id link) const {
  const auto own = by_link_.find(link);
  const auto found = own == by_link_.end() ? rows_.end() : rows_.find(own->second);
  return found == rows_.end() || found->second->description.id.is_nil()
             ? nullptr
             : &found->second->description;
}

std::optional<link_view> own_links::link_to(const node_id& peer) const {
  const auto found = rows_.find(peer);
  return found == rows_.end() ? std::nullopt : std::optional{found->second->view()};
}

const node_description* own_links::description_of(const node_id& peer) const {
  const auto found = rows_.find(peer);
  return found == rows_.end() ? nullptr : &found->second->description;
}

const security::known_key* own_links::key_of(const node_id& peer) const {
  const auto found = rows_.find(peer);
  return found == rows_.end() ? nullptr : found->second->expected.get();
}

void own_links::add_rows(std::vector<link_row>& to) const {
  for (const auto& [peer, link] : rows_) {
    if (link->writer) {
      to.push_back(link->row());
    }
  }
}

own_link* own_links::find(transport::link_id link) const {
  const auto known = by_link_.find(link);
  if (known == by_link_.end()) {
    return nullptr;
  }
  const auto found = rows_.find(known->second);
  return found != rows_.end() && found->second->link == link ? found->second.get() : nullptr;
}

void own_links::act(own_link& link, const link_step& step, std::string_view why) {
  const node_id peer = link.peer;
  const std::uint64_t taken = link.writer ? link.writer->taken() : 0;
  const bool refused = std::exchange(link.refused, false);
  if (!why.empty()) {
    link.why = why;
  }
  shared_.loop.cancel(link.timer);
  link.timer = runtime::timer_id::none;
  if (step.hang_up) {
    hang_up(link);
  }
  if (step.timer) {
    link.timer = shared_.loop.at(*step.timer, [this, peer] { on_timeout(peer); });
  }
  if (step.hello && link.writer) {
    link.greet(++last_number_);
  }
  if (step.diverted) {
    shared_.log.write(log_level::info, "peers",
                      link.dialled + " does not lead to " + peer.to_short_string() + " (" +
                          std::string{why} + "): dialling " + link.endpoint);
  }
  if (step.dial) {
    dial(link);
  }
  // Upcalls last: they may change the table and end `link`.
  const std::string reason{why.empty() ? std::string_view{link.why} : why};
  if (step.lost) {
    for (auto* watcher : shared_.watchers) {
      watcher->on_link_lost(peer, reason, taken);
    }
  }
  if (step.failed) {
    for (auto* watcher : shared_.watchers) {
      watcher->on_dial_failed(peer, reason, refused);
    }
  }
  if (step.opened) {
    tell_opened(peer);
  }
}

void own_links::hang_up(own_link& link) {
  if (link.link != transport::link_id::none) {
    by_link_.erase(link.link);
    shared_.out.close(std::exchange(link.link, transport::link_id::none));
    link.end_counts();
    link.writer.reset();
  }
}

void own_links::tell_opened(const node_id& peer) {
  const auto found = rows_.find(peer);
  if (found == rows_.end()) {
    return;
  }
  if (shared_.farewell) {
    static_cast<void>(found->second->writer->write(*shared_.farewell));
  }
  const auto description = found->second->description;
  for (auto* watcher : shared_.watchers) {
    watcher->on_link_open(description);
  }
}

void own_links::on_timeout(const node_id& peer) {
  const auto found = rows_.find(peer);
  if (found == rows_.end()) {
    return;
  }
  auto& late = *found->second;
  const bool waiting = late.machine.phase() == link_phase::waiting;
  act(late, late.machine.timeout(shared_.loop.now(), shared_.loop.random(), is_here(peer)),
      waiting ? std::string_view{} : "no answer in time");
}

bool own_links::is_here(const node_id& peer) const {
  return !local_directory_.empty() && shared_.out.is_here(local_inbox(local_directory_, peer));
}

bool own_links::choose_key(own_link& link) const {
  link.expected = keys_.choose(link.key_choice, name_expected(link));
  return link.expected != nullptr;
}

std::string own_links::name_expected(const own_link& link) const {
  if (!link.service.empty()) {
    return link.service;
  }
  const auto* const proved = keys_.name_proved(link.peer);
  return proved != nullptr ? *proved : sessions_.name_proved(link.peer);
}

void own_links::dial(own_link& link) {
  link.dialled = link.machine.way() == link_way::local ? local_inbox(local_directory_, link.peer)
                                                       : link.endpoint;
  const auto peer = link.peer;
  if (keys_.certified() && name_expected(link).empty()) {
    // Whoever it is has a certificate of ours and will greet us, or is of no use.
    shared_.loop.post([this, peer] { broke(peer, "it has not said yet whose key it has"); });
    return;
  }
  if (keys_.any() && !choose_key(link)) {
    const std::string why = link.dialled + ": " + keys_.no_key_for(link.service);
    link.complain(why);
    shared_.loop.post([this, peer, why] { broke(peer, why); });
    return;
  }
  auto made = shared_.out.dial(link.dialled, keys_.policy(link.expected.get()));
  if (!made) {
    shared_.loop.post([this, peer, why = made.error().message] { broke(peer, why); });
    return;
  }
  by_link_[*made] = link.peer;
  link.begin(*made);
}

void own_links::broke(const node_id& peer, std::string_view why) {
  const auto found = rows_.find(peer);
  if (found == rows_.end()) {
    return;
  }
  if (found->second->leaving) {
    drop(peer, why, false);
    return;
  }
  auto& link = *found->second;
  act(link, link.machine.ended(shared_.loop.now(), shared_.loop.random()), why);
}

bool own_links::on_writable(transport::link_id link) {
  auto* const own = find(link);
  if (own == nullptr) {
    return false;
  }
  const auto peer = own->peer;
  own->writer->flush();
  shared_.replies->on_room(peer);
  return true;
}

void own_links::on_link(transport::link_id link, transport::link_event what,
                        std::string_view detail, std::string_view why) {
  auto& own = *find(link);
  if (what == transport::link_event::connected) {
    act(own, own.machine.connected(shared_.loop.now()), {});
    return;
  }
  if (what == transport::link_event::handshake_failed) {
    own.key_choice.failed();
    if (own.machine.way() == link_way::network) {  // else the network has the last word
      own.complain(std::string{detail});
    }
  }
  own.refused = what == transport::link_event::refused;
  broke(own.peer, why);
}

void own_links::on_bad_packet(transport::link_id from, std::string_view why) {
  const auto& own = *find(from);
  refuse_inbound(shared_.out, own.flows, from, ledger::drop_reason::malformed);
  broke(own.peer, why);
}

void own_links::on_packet(transport::link_id from, byte_view packet) {
  wire::envelope_reader reader{packet, shared_.options.bounds};
  for (auto* own = find(from); own != nullptr; own = find(from)) {
    auto next = reader.next();
    if (!next) {
      refuse_inbound(shared_.out, own->flows, from, ledger::reason_of(next.error().what()));
      broke(own->peer, "it sent something malformed: " + next.error().message);
      return;
    }
    if (!next->has_value()) {
      say_heard(*own);
      return;
    }
    on_envelope(*own, **next);
  }  // what came of it ended this link
}

void own_links::say_heard(const own_link& own) {
  const node_id peer = own.peer;
  if (own.is_open()) {
    for (auto* watcher : shared_.watchers) {
      watcher->on_heard(peer);
    }
  }
}

void own_links::on_envelope(own_link& own, const wire::envelope& value) {
  const node_id peer = own.peer;
  auto& counters = *own.flows.in;
  if (wire::counts(value)) {
    own.inbound.read_one();
  }
  ++counters.sent;
  ++counters.delivered;
  const auto drop = [this, &counters, link = own.link](ledger::drop_reason why) {
    --counters.delivered;
    counters.drop(why);
    shared_.out.count_drops(link, why, 1);
  };
  if (const auto* greeting = std::get_if<wire::welcome>(&value)) {
    on_welcome(own, *greeting);
  } else if (const auto* refusal = std::get_if<wire::refuse>(&value)) {
    on_refuse(own, *refusal);
  } else if (!own.is_open()) {
    drop(ledger::drop_reason::not_greeted);
  } else if (const auto known = on_answer(peer, value)) {
    if (!*known) {
      drop(ledger::drop_reason::unknown_reply);
    }
  } else if (const auto* echo = std::get_if<wire::pong>(&value)) {
    own.on_pong(*echo);
  } else if (const auto* farewell = std::get_if<wire::goodbye>(&value)) {
    const std::string by = own.expected ? own.expected->name : std::string{};
    for (auto* watcher : shared_.watchers) {
      watcher->on_goodbye(peer, farewell->reason, by);
    }
  } else {
    drop(ledger::drop_reason::unknown_kind);
  }
}

std::optional<bool> own_links::on_answer(const node_id& peer, const wire::envelope& value) {
  if (const auto* answer = std::get_if<wire::reply>(&value)) {
    return shared_.replies->on_reply(peer, *answer);
  }
  if (const auto* error = std::get_if<wire::error_reply>(&value)) {
    return shared_.replies->on_error_reply(peer, *error);
  }
  if (const auto* one = std::get_if<wire::item>(&value)) {
    return shared_.replies->on_item(peer, *one);
  }
  if (const auto* more = std::get_if<wire::credit>(&value)) {
    return shared_.replies->on_credit(peer, *more);
  }
  return std::nullopt;
}

void own_links::on_refuse(own_link& own, const wire::refuse& refusal) {
  const std::string why =
      "it refused us: " + std::string{name_of(refusal.code)} + ": " + refusal.reason;
  shared_.log.write(log_level::warning, "peers",
                    own.peer.to_short_string() + " at " + own.dialled + ": " + why);
  own.refused = refusal.code == errc::stale_incarnation;  // whom we meant is there no longer
  broke(own.peer, why);
}

void own_links::on_welcome(own_link& link, const wire::welcome& value) {
  const node_id peer = link.peer;
  if (value.self.id != peer) {
    link.refused = true;  // whom we meant is there no longer
    broke(peer, "another node answers there: " + value.self.instance + " (" +
                    value.self.id.to_short_string() + ")");
    return;
  }
  if (const auto flaw = flaw_of(value, shared_.self, link.expected.get(), keys_.certified())) {
    if (flaw->what() == errc::permission_denied) {
      link.complain(link.dialled + ": " + flaw->message);
    }
    broke(peer, flaw->message);
    return;
  }
  link.complained.clear();
  link.said = value.self;
  resolve_wildcards(link.said, link.endpoint);
  link.believe();
  shared_.out.name_peer(link.link, link.said);
  link.open_counts(value);
  if (link.expected) {
    keys_.note_proof(peer, link.expected->name);
  }
  act(link, link.machine.welcomed(shared_.loop.now()), {});
  if (const auto* const proved = keys_.name_proved(peer)) {
    sessions_.end_foreign(peer, *proved);
  }
}

}  // namespace kith::peers
