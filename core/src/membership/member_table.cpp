// SPDX-License-Identifier: MPL-2.0
#include "membership/member_table.hpp"

#include <algorithm>
#include <utility>

namespace kith::membership {
namespace {

std::string in_ms(duration length) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(length).count()) +
         " ms";
}

bool is_gone(const member& m) noexcept {
  return m.state == member_state::dead || m.state == member_state::left;
}

std::string with_detail(std::string text, std::string_view detail) {
  if (!detail.empty()) {
    text += ": ";
    text += detail;
  }
  return text;
}

}  // namespace

member_table::member_table(node_id self, std::string domain, table_options options)
    : self_{self}, domain_{std::move(domain)}, options_{options} {}

bool member_table::is_foreign(const node_id& id, std::string_view domain) const noexcept {
  return id == self_ || id.is_nil() || domain != domain_;
}

void member_table::on_candidate(const candidate& heard_of, time_point now) {
  if (is_foreign(heard_of.id, heard_of.domain)) {
    return;
  }
  const auto found = members_.find(heard_of.id);
  if (found == members_.end()) {
    auto* const added = add(heard_of.id, now);
    if (added == nullptr) {
      return;
    }
    added->self.incarnation = heard_of.incarnation;
    added->self.domain = heard_of.domain;
    added->self.service = heard_of.service;
    added->self.instance = heard_of.instance;
    added->self.inbox = heard_of.inbox;
    added->dial = heard_of.inbox;
    added->why = "heard of, not greeted yet";
    actions_.emplace_back(changed{added->self.id, std::nullopt, added->state, added->why});
    want(*added, false);
    return;
  }
  auto& known = found->second;
  known.last_candidate = now;
  if (known.state == member_state::left || known.linked) {
    return;
  }
  const bool moved = known.dial != heard_of.inbox;
  known.dial = heard_of.inbox;
  if (moved || !known.wanted) {
    want(known, false);
  }
}

void member_table::on_greeted(const node_description& peer, time_point now) {
  if (is_foreign(peer.id, peer.domain)) {
    return;
  }
  const auto found = members_.find(peer.id);
  const bool is_new = found == members_.end();
  auto* const known = is_new ? add(peer.id, now) : &found->second;
  if (known == nullptr) {
    actions_.emplace_back(drop{peer.id, "the member table is full", false});
    return;
  }
  if (known->state == member_state::left) {
    actions_.emplace_back(drop{peer.id, "it said goodbye", false});
    return;
  }
  const bool described_anew = known->greeted && known->self != peer;
  known->self = peer;
  known->greeted = known->linked = known->wanted = true;
  if (known->dial.empty()) {
    known->dial = peer.inbox;
  }
  heard(*known, now);
  if (is_new) {
    known->state = member_state::alive;
    known->why = "greeted";
    actions_.emplace_back(changed{peer.id, std::nullopt, known->state, known->why});
  } else if (known->state != member_state::alive) {
    change(*known, member_state::alive, "greeted", now);
  } else if (described_anew) {
    say(*known, "it describes itself anew");
  }
  rank_lives(peer.service, peer.instance);
}

void member_table::on_heard(const node_id& id, time_point now) {
  const auto found = members_.find(id);
  if (found == members_.end() || !found->second.linked) {
    return;
  }
  heard(found->second, now);
  if (found->second.state == member_state::suspect) {
    change(found->second, member_state::alive, "heard again", now);
  }
}

void member_table::on_link_lost(const node_id& id, std::string_view why, time_point now) {
  forgive_stall(now);
  const auto found = members_.find(id);
  if (found == members_.end()) {
    return;
  }
  auto& known = found->second;
  known.linked = false;
  if (is_gone(known)) {
    return;
  }
  if (known.state == member_state::alive) {
    change(known, member_state::suspect, with_detail("its link is lost", why), now);
  }
  want(known, false);
}

void member_table::on_dial_failed(const node_id& id, std::string_view why, time_point now) {
  forgive_stall(now);
  const auto found = members_.find(id);
  if (found == members_.end() || is_gone(found->second)) {
    return;
  }
  found->second.dial_failed = true;
  found->second.dial_error = with_detail("it cannot be dialled", why);
  found->second.why = found->second.dial_error;
  judge(found->second, now);
}

void member_table::on_goodbye(const node_id& id, std::string_view reason, time_point now) {
  const auto found = members_.find(id);
  if (found == members_.end() || found->second.state == member_state::left) {
    return;
  }
  change(found->second, member_state::left, with_detail("it said goodbye", reason), now);
  unwant(found->second, "it said goodbye", true);
}

void member_table::tick(time_point now) {
  forgive_stall(now);
  last_tick_ = now;
  for (auto& [id, known] : members_) {
    judge(known, now);
  }
  forget_old(now);
}

void member_table::on_update(const update& told, time_point now) {
  // Who is suspected there may be gone: it makes itself heard again, or nobody should dial it.
  if (told.state == member_state::alive) {
    on_candidate({told.id, told.incarnation, domain_, told.service, told.instance, told.inbox},
                 now);
  }
}

std::vector<update> member_table::known_after(const node_id& last, std::size_t most) const {
  std::vector<update> known;
  for (auto at = members_.upper_bound(last); at != members_.end() && known.size() < most; ++at) {
    const auto& m = at->second;
    if (m.greeted && m.state == member_state::alive && !m.self.service.empty()) {
      known.push_back({m.self.id,
                       0,
                       m.state,
                       {},
                       m.self.incarnation,
                       m.self.service,
                       m.self.instance,
                       m.self.inbox});
    }
  }
  return known;
}

std::vector<action> member_table::take_actions() {
  return std::exchange(actions_, {});
}

const member* member_table::find(const node_id& id) const noexcept {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}

member_table::entry* member_table::add(const node_id& id, time_point now) {
  if (members_.size() >= options_.max_members && !make_room()) {
    ++refused_;
    return nullptr;
  }
  auto& added = members_[id];
  added.self.id = id;
  added.since = added.last_heard = added.silent_since = added.last_candidate = now;
  return &added;
}

bool member_table::make_room() {
  auto oldest = members_.end();
  for (auto at = members_.begin(); at != members_.end(); ++at) {
    if (is_gone(at->second) &&
        (oldest == members_.end() || at->second.since < oldest->second.since)) {
      oldest = at;
    }
  }
  if (oldest == members_.end()) {
    return false;
  }
  forget(oldest);
  return true;
}

void member_table::want(entry& e, bool fresh) {
  e.wanted = true;
  actions_.emplace_back(connect{e.self.id, e.dial, fresh});
}

void member_table::unwant(entry& e, std::string_view reason, bool graceful) {
  e.wanted = e.linked = false;
  actions_.emplace_back(drop{e.self.id, std::string{reason}, graceful});
}

void member_table::change(entry& e, member_state to, std::string why, time_point now) {
  const auto from = std::exchange(e.state, to);
  e.since = now;
  e.why = std::move(why);
  actions_.emplace_back(changed{e.self.id, from, to, e.why});
  if (is_gone(e)) {
    e.superseded = false;
    rank_lives(e.self.service, e.self.instance);
  }
}

void member_table::say(entry& e, std::string why) {
  e.why = std::move(why);
  actions_.emplace_back(changed{e.self.id, e.state, e.state, e.why});
}

void member_table::heard(entry& e, time_point now) noexcept {
  e.last_heard = e.silent_since = now;
  e.dial_failed = e.redialled = false;
}

void member_table::judge(entry& e, time_point now) {
  const auto silent = now - e.silent_since;
  if (e.state == member_state::alive && silent >= options_.suspect_after()) {
    change(e, member_state::suspect, "silent for " + in_ms(now - e.last_heard), now);
  }
  if (e.state == member_state::suspect && silent >= options_.dead_after()) {
    if (e.dial_failed) {
      change(e, member_state::dead, "silent for " + in_ms(now - e.last_heard) + ", " + e.dial_error,
             now);
      unwant(e, "it is dead", false);
    } else if (e.linked && !e.redialled) {
      // Quiet, but its link stands: a new dial tells a hung process from a slow one.
      e.redialled = true;
      e.linked = false;
      want(e, true);
    }
  }
  if (e.state == member_state::dead && e.wanted &&
      now - e.last_candidate >= options_.give_up_after) {
    unwant(e, "it is dead and its beacon is silent", false);
  }
}

void member_table::forgive_stall(time_point now) {
  if (!last_tick_ || now - *last_tick_ <= options_.suspect_after() / 2) {
    return;
  }
  const auto stall = now - *last_tick_;
  last_tick_ = now;
  for (auto& [id, known] : members_) {
    known.silent_since = std::min(known.silent_since + stall, now);
    known.last_candidate = std::min(known.last_candidate + stall, now);
  }
}

void member_table::forget_old(time_point now) {
  std::size_t gone = 0;
  for (auto at = members_.begin(); at != members_.end();) {
    const auto& known = at->second;
    const auto here = at++;
    if (!is_gone(known)) {
      continue;
    }
    if (!known.wanted && now - known.since >= options_.remember_gone) {
      forget(here);
    } else {
      ++gone;
    }
  }
  for (; gone > options_.max_gone; --gone) {
    make_room();
  }
}

void member_table::forget(entries::iterator at) {
  if (at->second.wanted) {
    unwant(at->second, "forgotten", false);
  }
  actions_.emplace_back(forgotten{at->first, at->second.state == member_state::left});
  members_.erase(at);
}

void member_table::rank_lives(const std::string& service, const std::string& instance) {
  if (instance.empty()) {
    return;
  }
  // Greeted ones only: a forged beacon must not take a living node out of rotation.
  std::vector<entry*> lives;
  const entry* newest = nullptr;
  for (auto& [id, known] : members_) {
    if (known.greeted && !is_gone(known) && known.self.instance == instance &&
        known.self.service == service) {
      lives.push_back(&known);
      if (newest == nullptr || known.self.incarnation >= newest->self.incarnation) {
        newest = &known;  // equal incarnations: the greater id, on every node the same
      }
    }
  }
  for (auto* const life : lives) {
    const bool older = life != newest;
    if (life->superseded != older) {
      life->superseded = older;
      say(*life, older ? "superseded: " + newest->self.id.to_short_string() +
                             " is a newer life of " + instance
                       : "the newest life of " + instance + " again");
    }
  }
}

}  // namespace kith::membership
