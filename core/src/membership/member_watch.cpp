// SPDX-License-Identifier: MPL-2.0
// The member table where a domain is large (docs/adr/0019-large-domains.md): which links it opens
// and closes, whom it probes, and what it makes of the suspicions of others.

#include <algorithm>
#include <limits>
#include <utility>

#include "membership/member_table.hpp"

namespace kith::membership {
namespace {

/// That a suspect may have answered since we last heard of one, or we ourselves since an accuser
/// did. More is a lie, or does not matter.
constexpr revision most_revisions = 1024;

}  // namespace

void member_table::balance(time_point now, const std::function<bool(const member&)>& used) {
  if (!std::exchange(balance_now_, false) && now < next_balance_) {
    return;
  }
  next_balance_ = now + options_.suspicion.interval / 4;
  const auto others = living() - 1;
  large_ = others > options_.max_links - (large_ ? options_.max_links / 8 : 0);
  if (!large_) {
    link_all(now);
    return;
  }
  keep_enough();
  std::vector<entry*> due;
  for (auto& [id, known] : members_) {
    const bool lives = known.state == member_state::alive;
    known.used = !known.gone() && (now < known.used_until || is_kept(id) || used(known));
    if (known.linked && lives && !known.used) {
      release(known);
    } else if (!known.wanted && (known.due || (known.used && lives))) {
      due.push_back(&known);
    }
  }
  probe(now);
  look(due, now);
}

/// Not always the same ones first: there may be more than there is room for.
void member_table::look(std::vector<entry*>& due, time_point now) {
  auto visits = static_cast<std::size_t>(std::count_if(
      attended_.begin(), attended_.end(),
      [](const auto& row) { return !row.second->linked && !row.second->dial_failed; }));
  const auto first = static_cast<std::ptrdiff_t>(chance_.below(due.size()));
  std::rotate(due.begin(), due.begin() + first, due.end());
  for (auto* const next : due) {
    if (visits >= options_.max_visits) {
      balance_now_ = true;  // the rest in the next turn
      return;
    }
    if (!next->wanted) {
      visit(*next, now);
      ++visits;
    }
  }
}

bool member_table::is_kept(const node_id& id) const noexcept {
  return std::find(kept_.begin(), kept_.end(), id) != kept_.end() ||
         std::find(next_.begin(), next_.end(), id) != next_.end();
}

void member_table::link_all(time_point now) {
  rumours_.clear();
  kept_.clear();
  next_.clear();
  for (auto& [id, known] : members_) {
    if (!known.wanted && (known.due || !known.gone())) {
      visit(known, now);
    }
  }
}

/// Half of them the next in the ring of ids: each node is the next of others, so no news passes
/// anybody by. The rest are random ones, so that it gets far, and the same for as long as they
/// live.
void member_table::keep_enough() {
  const auto may_be_kept = [](const entry& known) {
    return known.greeted && known.state == member_state::alive && !known.self.service.empty();
  };
  // The ring: from the one behind us to the last, and on from the first.
  const auto walk = [&](auto&& visit) {
    const auto behind = members_.upper_bound(self_);
    for (auto at = behind; at != members_.end(); ++at) {
      if (may_be_kept(at->second) && !visit(at->first)) {
        return;
      }
    }
    for (auto at = members_.begin(); at != behind; ++at) {
      if (may_be_kept(at->second) && !visit(at->first)) {
        return;
      }
    }
  };
  const auto next = (options_.kept_links + 1) / 2;
  next_.clear();
  walk([&](const node_id& id) {
    if (next_.size() < next) {
      next_.push_back(id);
    }
    return next_.size() < next;
  });
  std::erase_if(kept_, [&](const node_id& id) {
    const auto found = members_.find(id);
    return found == members_.end() || !may_be_kept(found->second);
  });
  if (kept_.size() + next_.size() >= options_.kept_links) {
    return;
  }
  std::vector<node_id> rest;
  walk([&](const node_id& id) {
    if (!is_kept(id)) {
      rest.push_back(id);
    }
    return true;
  });
  while (kept_.size() + next_.size() < options_.kept_links && !rest.empty()) {
    const auto at = rest.begin() + static_cast<std::ptrdiff_t>(chance_.below(rest.size()));
    kept_.push_back(*at);
    rest.erase(at);
  }
}

void member_table::release(entry& e) {
  e.probed = true;  // first: it stays in rotation
  e.why = "watched by probes";
  unwant(e, "no call or event needs it", false);
}

/// A dial without which nothing was known of it: its silence begins now, and old failures are past.
void member_table::visit(entry& e, time_point now) {
  e.silent_since = e.visited = now;
  e.dial_failed = e.refused = e.unheard = false;
  want(e, false);
}

void member_table::use(const node_id& id, time_point now) {
  const auto found = members_.find(id);
  if (found == members_.end() || found->second.gone()) {
    return;
  }
  found->second.used = true;
  found->second.used_until = now + options_.keep_used;
  if (!found->second.wanted) {
    visit(found->second, now);
  }
}

bool member_table::may_be_linked(const node_id& id) const noexcept {
  const auto found = members_.find(id);
  if (!large_ || found == members_.end() || found->second.superseded) {
    return false;
  }
  const auto& m = found->second;
  return !m.linked && !m.dial_failed && (m.probed || (!m.greeted && !m.gone()));
}

void member_table::probe(time_point now) {
  if (now < next_probe_) {
    return;
  }
  const auto interval = options_.suspicion.interval;
  // Those who started together need not probe together.
  const auto part = static_cast<std::uint64_t>(interval.count() / 4);
  next_probe_ = now + interval - duration{static_cast<duration::rep>(chance_.below(part + 1))};
  for (std::size_t i = 0; i < options_.probes; ++i) {
    if (auto* const next = next_to_probe(); next != nullptr) {
      visit(*next, now);
    }
  }
}

/// Everybody once in a round, in random order: SWIM's bound on how long a death goes unnoticed.
member_table::entry* member_table::next_to_probe() {
  for (int rounds = 0; rounds < 2; ++rounds) {
    while (!probe_order_.empty()) {
      const auto found = members_.find(probe_order_.back());
      probe_order_.pop_back();
      if (found != members_.end() && found->second.probed && !found->second.wanted) {
        return &found->second;
      }
    }
    for (const auto& [id, known] : members_) {
      if (known.probed) {
        probe_order_.push_back(id);
      }
    }
    for (std::size_t i = probe_order_.size(); i > 1; --i) {
      std::swap(probe_order_[i - 1], probe_order_[chance_.below(i)]);
    }
  }
  return nullptr;
}

void member_table::ask(entry& e, time_point now) {
  if (!e.asking && now - e.asked >= options_.suspicion.interval) {
    e.asking = true;
    e.asked = now;
    actions_.emplace_back(ask_around{e.self.id});
  }
}

void member_table::on_vouched(const node_id& id, time_point now) {
  const auto found = members_.find(id);
  if (found == members_.end() || found->second.gone()) {
    return;
  }
  auto& known = found->second;
  known.asking = known.unheard = known.refused = known.said_to_leave = false;
  known.vouched = now;
  known.accusers.clear();
  if (!large_ || known.used || known.linked || !known.greeted) {
    return;  // whether it can be called is for our own link to say
  }
  known.silent_since = now;
  known.dial_failed = false;
  known.probed = true;
  if (known.state == member_state::suspect) {
    change(known, member_state::alive, "others hear it", now);
  }
  if (known.wanted) {
    unwant(known, "others hear it", false);
  }
}

void member_table::on_unheard(const node_id& id, time_point now) {
  const auto found = members_.find(id);
  if (found == members_.end()) {
    return;
  }
  auto& known = found->second;
  if (!std::exchange(known.asking, false) || !known.dial_failed || known.gone()) {
    return;  // it was heard meanwhile
  }
  known.unheard = true;
  if (known.state == member_state::alive && !known.linked) {
    change(known, member_state::suspect, known.dial_error + "; nobody who was asked hears it", now);
  }
  if (known.state == member_state::suspect) {
    spread(known, self_);
  }
  judge(known, now);
}

void member_table::on_update(const update& told, const node_id& teller, time_point now) {
  if (told.state == member_state::alive) {
    on_candidate({told.id, told.incarnation, domain_, told.service, told.instance, told.inbox},
                 now);
  }
  const auto found = members_.find(told.id);
  // In a small domain our own link says it all. What is linked is heard, or judged without them.
  if (!large_ || found == members_.end() || !found->second.greeted || found->second.linked) {
    return;
  }
  auto& known = found->second;
  if (told.state != member_state::alive) {
    on_hearsay(known, told, teller, now);
  } else if (told.revision > known.revision && told.revision - known.revision <= most_revisions) {
    refuted(known, told.revision, now);
  }
}

/// Somebody finds it silent, or heard it leave: we look for ourselves, and pass it on, once: else
/// it would go round for ever.
void member_table::on_hearsay(entry& e, const update& told, const node_id& teller, time_point now) {
  const auto accuser = told.accuser.is_nil() ? teller : told.accuser;
  if (e.gone() || told.revision < e.revision ||
      !is_new_hearsay(e, {accuser, told.state, told.revision, now})) {
    return;
  }
  const bool is_news =
      told.state == member_state::left ? !std::exchange(e.said_to_leave, true) : accuse(e, accuser);
  if (!e.wanted) {
    e.due = balance_now_ = true;
  }
  if (is_news) {
    auto passed_on = told;
    passed_on.accuser = told.state == member_state::suspect ? accuser : node_id{};
    rumours_.put(passed_on);
    judge(e, now);
  }
}

bool member_table::is_new_hearsay(entry& e, const hearsay& said) {
  std::erase_if(e.told,
                [&](const hearsay& old) { return said.at - old.at >= options_.remember_told; });
  const bool known = std::any_of(e.told.begin(), e.told.end(), [&](const hearsay& old) {
    return old.accuser == said.accuser && old.state == said.state && old.revision == said.revision;
  });
  if (known || e.told.size() >= options_.max_told) {
    return false;
  }
  e.told.push_back(said);
  return true;
}

/// Whether it counts: from a member, who has not said so before.
bool member_table::accuse(entry& e, const node_id& accuser) {
  const auto* const who = find(accuser);
  const bool said = std::find(e.accusers.begin(), e.accusers.end(), accuser) != e.accusers.end();
  if (who == nullptr || !who->greeted || said || accuser == e.self.id ||
      e.accusers.size() >= options_.suspicion.accusers_wanted()) {
    return false;
  }
  e.accusers.push_back(accuser);
  return true;
}

/// Its own answer to those who suspect it, by whatever way: it has the whole time again.
void member_table::refuted(entry& e, revision by, time_point now) {
  e.revision = by;
  e.accusers.clear();
  e.said_to_leave = false;
  e.vouched = now;
  auto news = told_of(e);
  news.state = member_state::alive;
  rumours_.put(news);
  if (e.state == member_state::dead && !e.wanted && now - e.visited >= options_.visit_pause) {
    e.due = balance_now_ = true;
  }
}

void member_table::on_own_revision(const node_id& id, revision own, time_point now) {
  const auto found = members_.find(id);
  if (found != members_.end() && large_ && own != found->second.revision) {
    refuted(found->second, own, now);
  }
}

void member_table::on_accused(revision of, const update& as) {
  if (of >= own_revision_) {
    // Nobody would follow us beyond that, nor has anybody followed whoever names it.
    const auto reach = std::uint64_t{told_revision_} + most_revisions;
    own_revision_ =
        static_cast<revision>(std::min(reach, std::uint64_t{of < reach ? of : own_revision_} + 1));
  }
  if (large_) {
    auto answer = as;
    answer.revision = own_revision_;
    answer.state = member_state::alive;
    rumours_.put(answer);
  }
}

update member_table::told_of(const entry& e) {
  return {e.self.id,          e.revision,     e.state,         {},
          e.self.incarnation, e.self.service, e.self.instance, e.self.inbox};
}

/// To those who have no link to it.
void member_table::spread(const entry& e, const node_id& accuser) {
  if (large_ && e.greeted && !e.self.service.empty()) {
    auto news = told_of(e);
    news.accuser = accuser;
    rumours_.put(news);
  }
}

}  // namespace kith::membership
