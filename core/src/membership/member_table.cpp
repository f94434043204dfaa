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

std::string with_detail(std::string text, std::string_view detail) {
  if (!detail.empty()) {
    text += ": ";
    text += detail;
  }
  return text;
}

}  // namespace

member_table::member_table(node_id self, std::string domain, table_options options,
                           random_source chance)
    : self_{self}, domain_{std::move(domain)}, options_{options}, chance_{chance} {}

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
    if (members_.size() > options_.max_links) {
      added->due = balance_now_ = true;  // in its turn
    } else {
      want(*added, false);
    }
    return;
  }
  auto& known = found->second;
  const bool reworded = heard_of.service != known.self.service;
  if (reworded && !take_word(known, heard_of)) {
    return;
  }
  known.last_candidate = now;
  if (known.state == member_state::left || known.linked) {
    return;
  }
  if (known.greeted && known.state == member_state::alive) {
    return;  // the address that it was greeted at is the better one
  }
  const bool moved = reworded || known.dial != heard_of.inbox;
  known.dial = heard_of.inbox;
  if (known.wanted ? moved : !large_) {
    want(known, false);
  } else if (!known.wanted && (!known.gone() || now - known.visited >= options_.visit_pause)) {
    known.due = balance_now_ = true;
  }
}

/// An id is of one service, and whoever hears of it may name it. What its greeting has proved
/// stands; before that, what leads nowhere gives way to another's word.
bool member_table::take_word(entry& e, const candidate& heard_of) {
  if (e.greeted || heard_of.service.empty() || (!e.self.service.empty() && !e.dial_failed)) {
    return false;
  }
  e.self.service = heard_of.service;
  e.self.instance = heard_of.instance;
  e.self.incarnation = heard_of.incarnation;
  e.self.inbox = heard_of.inbox;
  e.dial_failed = e.refused = false;
  return true;
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
  const bool known_well = known->greeted && !known->gone() && !described_anew;
  known->self = peer;
  known->greeted = known->linked = known->wanted = true;
  attended_.emplace(peer.id, known);
  known->probed = known->due = false;
  balance_now_ = true;
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
  if (!known_well) {
    rank_lives(peer.service, peer.instance);
  }
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
  if (known.gone()) {
    return;
  }
  if (known.state == member_state::alive) {
    change(known, member_state::suspect, with_detail("its link is lost", why), now);
  }
  want(known, false);
}

void member_table::on_dial_failed(const node_id& id, std::string_view why, bool refused,
                                  time_point now) {
  forgive_stall(now);
  const auto found = members_.find(id);
  if (found == members_.end() || found->second.gone()) {
    return;
  }
  auto& known = found->second;
  known.dial_failed = true;
  const bool was_refused = std::exchange(known.refused, known.refused || refused);
  known.dial_error = with_detail("it cannot be dialled", why);
  if (known.said_to_leave && refused) {
    change(known, member_state::left, "others heard it say goodbye", now);
    unwant(known, "it said goodbye", false);
    return;
  }
  if (known.state == member_state::alive && refused) {
    change(known, member_state::suspect, known.dial_error, now);
  } else if (known.state == member_state::suspect) {
    known.why = known.dial_error;
  }
  if (refused && !was_refused) {
    spread(known, self_);
  }
  if (known.greeted && !refused) {
    ask(known, now);
  }
  judge(known, now);
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
  if (now >= next_told_) {
    next_told_ = now + options_.follow_within;
    told_revision_ = own_revision_;
  }
  // A copy: who is found dead is attended no longer.
  for (const auto& [id, known] : std::map{attended_}) {
    judge(*known, now);
  }
  if (gone_ > 0) {
    forget_old(now);
  }
}

std::vector<update> member_table::known_after(const node_id& last, std::size_t most) const {
  std::vector<update> known;
  for (auto at = members_.upper_bound(last); at != members_.end() && known.size() < most; ++at) {
    const auto& m = at->second;
    if (m.greeted && m.state == member_state::alive && !m.self.service.empty()) {
      known.push_back(told_of(m));
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
  if (members_.size() >= options_.max_members && !evict_gone() && !evict_unmet()) {
    ++refused_;
    return nullptr;
  }
  auto& added = members_[id];
  added.self.id = id;
  added.since = added.last_heard = added.silent_since = added.last_candidate = now;
  return &added;
}

/// The oldest of those who were never greeted, of the service that has most of them: whoever names
/// any number of nodes takes the places of its own.
bool member_table::evict_unmet() {
  std::map<std::string_view, std::size_t> unmet;
  for (const auto& [id, known] : members_) {
    unmet[known.self.service] += known.greeted ? 0 : 1;
  }
  const auto most = std::max_element(
      unmet.begin(), unmet.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  auto oldest = members_.end();
  for (auto at = members_.begin(); at != members_.end(); ++at) {
    if (!at->second.greeted && at->second.self.service == most->first &&
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

bool member_table::evict_gone() {
  auto oldest = members_.end();
  for (auto at = members_.begin(); at != members_.end(); ++at) {
    if (at->second.gone() &&
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
  e.due = false;
  attended_.emplace(e.self.id, &e);
  actions_.emplace_back(connect{e.self.id, e.dial, fresh});
}

void member_table::unwant(entry& e, std::string_view reason, bool graceful) {
  e.wanted = e.linked = false;
  attended_.erase(e.self.id);
  actions_.emplace_back(drop{e.self.id, std::string{reason}, graceful});
}

void member_table::change(entry& e, member_state to, std::string why, time_point now) {
  gone_ -= e.gone() ? 1 : 0;
  const auto from = std::exchange(e.state, to);
  gone_ += e.gone() ? 1 : 0;
  e.since = now;
  e.why = std::move(why);
  balance_now_ = true;
  actions_.emplace_back(changed{e.self.id, from, to, e.why});
  e.probed = e.probed && to == member_state::alive;
  if (e.gone()) {
    e.superseded = e.due = false;
    spread(e);
    rank_lives(e.self.service, e.self.instance);
  }
}

void member_table::say(entry& e, std::string why) {
  e.why = std::move(why);
  actions_.emplace_back(changed{e.self.id, e.state, e.state, e.why});
}

void member_table::heard(entry& e, time_point now) noexcept {
  e.last_heard = e.silent_since = now;
  e.dial_failed = e.refused = e.redialled = e.unheard = e.said_to_leave = false;
  e.accusers.clear();
  if (!rumours_.empty()) {
    rumours_.forget(e.self.id);  // old news now
  }
}

void member_table::judge(entry& e, time_point now) {
  const auto silent = now - e.silent_since;
  if (e.state == member_state::alive && e.linked && silent >= options_.suspect_after()) {
    change(e, member_state::suspect, "silent for " + in_ms(now - e.last_heard), now);
  }
  if (e.state == member_state::suspect && silent >= options_.dead_after()) {
    if (is_lost(e, now)) {
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

bool member_table::is_lost(const entry& e, time_point now) const noexcept {
  if (!e.dial_failed || !e.greeted || e.refused) {
    return e.dial_failed;
  }
  // Nobody gossips of suspects in a small domain: nobody's word is missing.
  const auto accusers = large_ ? e.accusers.size() : options_.suspicion.accusers_wanted();
  return e.unheard && now - std::max(e.silent_since, e.vouched) >=
                          suspicion_timeout(living(), accusers, options_.suspicion);
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
    known.vouched = std::min(known.vouched + stall, now);
  }
}

void member_table::forget_old(time_point now) {
  std::size_t gone = 0;
  for (auto at = members_.begin(); at != members_.end();) {
    const auto& known = at->second;
    const auto here = at++;
    if (!known.gone()) {
      continue;
    }
    if (!known.wanted && now - known.since >= options_.remember_gone) {
      forget(here);
    } else {
      ++gone;
    }
  }
  for (; gone > options_.max_gone; --gone) {
    evict_gone();
  }
}

void member_table::forget(entries::iterator at) {
  if (at->second.wanted) {
    unwant(at->second, "forgotten", false);
  }
  gone_ -= at->second.gone() ? 1 : 0;
  attended_.erase(at->first);
  rumours_.forget(at->first);
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
    if (known.greeted && !known.gone() && known.self.instance == instance &&
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
