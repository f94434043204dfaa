// SPDX-License-Identifier: MPL-2.0
#include "events/publisher_links.hpp"

#include <algorithm>
#include <utility>

#include "events/outlet.hpp"

namespace kith::events {

publisher_links::publisher_links(runtime::loop& loop, transport::transport& out, peers::hub& hub,
                                 log_sink& log, const subscription_list& wanted,
                                 publisher_links_options options, unique_function<void()> confirmed)
    : loop_{loop},
      out_{out},
      hub_{hub},
      log_{log},
      wanted_{wanted},
      options_{options},
      confirmed_{std::move(confirmed)},
      remembered_{options.max_remembered} {}

publisher_links::~publisher_links() {
  stop();
}

void publisher_links::stop() {
  stopped_ = true;
  for (auto& [id, from] : publishers_) {
    loop_.cancel(from->timer);
    hang_up(*from);
  }
  publishers_.clear();
}

void publisher_links::subscribe(const filter& what) {
  const auto form = what.wire_form();
  for (auto& [peer, at] : publishers_) {
    if (!wanted_.wants_any(at->peer.topics)) {
      continue;
    }
    if (at->link == transport::link_id::none) {
      if (hub_.writer_to(peer) != nullptr) {
        follow(*at);
      }
      continue;
    }
    if (at->subscribed.insert(form).second) {
      out_.subscribe(at->link, form);
    }
    if (at->connected) {
      confirm(*at);
    }
  }
}

void publisher_links::unsubscribe(const filter& what) {
  const auto form = what.wire_form();
  const bool still = wanted_.has_wire_form(form);
  const auto unwanted = [this](std::string_view topic) { return !wanted_.wants(topic); };
  for (auto& [peer, at] : publishers_) {
    if (!still && at->subscribed.erase(form) > 0 && at->link != transport::link_id::none) {
      out_.unsubscribe(at->link, form);
    }
    // What nobody hears is not missed: a later subscription counts from its own beginning.
    std::erase_if(at->topics, [&](const auto& topic) { return unwanted(topic.first); });
  }
  remembered_.forget_topics(unwanted);
}

void publisher_links::on_link_open(const node_description& peer) {
  if (peer.outlet.empty()) {
    return;
  }
  auto& slot = publishers_[peer.id];
  if (!slot) {
    slot = std::make_unique<followed_publisher>();
    slot->pause = resilience::backoff{options_.backoff};
    slot->topics = remembered_.recall(peer.id);
    warn_of_other_contracts(peer);
  }
  slot->peer = peer;
  if (slot->link == transport::link_id::none && wanted_.wants_any(peer.topics)) {
    follow(*slot);
  } else if (slot->connected) {
    confirm(*slot);  // while the control link was down, this one may have died in silence
  }
}

void publisher_links::warn_of_other_contracts(const node_description& peer) {
  for (const auto& offer : peer.topics) {
    for (const auto& [id, row] : wanted_.rows()) {
      if (row->what.fingerprint != 0 && !row->what.prefix && row->what.matches(offer.name) &&
          row->what.fingerprint != offer.fingerprint) {
        log_.write(log_level::warning, "events",
                   peer.instance + " publishes " + offer.name +
                       " with other required fields than are expected here; its events may be "
                       "unreadable: compare `kith describe " +
                       peer.service + "`");
      }
    }
  }
}

void publisher_links::on_link_lost(const node_id& peer) {
  auto* const from = find(peer);
  if (from == nullptr || from->link == transport::link_id::none) {
    return;
  }
  // Events may go on coming for a while; a publisher that stays out of reach is given up.
  loop_.cancel(from->timer);
  from->timer = loop_.after(options_.confirm_timeout, [this, peer] {
    const auto* const late = find(peer);
    if (late != nullptr && (hub_.writer_to(peer) == nullptr || !late->standing.confirmed())) {
      retry_later(peer, "the publisher is out of reach");
    }
  });
}

void publisher_links::follow(followed_publisher& to) {
  loop_.cancel(to.timer);
  const auto peer = to.peer.id;
  auto link = out_.follow(to.peer.outlet, hub_.policy_to(peer));
  if (!link) {
    retry_later(peer, link.error().message);
    return;
  }
  to.link = *link;
  out_.name_peer(*link, to.peer);
  to.subscribed.clear();
  by_link_[*link] = peer;
  for (const auto& [id, row] : wanted_.rows()) {
    const auto form = row->what.wire_form();
    if (to.subscribed.insert(form).second) {
      out_.subscribe(*link, form);
    }
  }
  to.timer = loop_.after(options_.confirm_timeout,
                         [this, peer] { retry_later(peer, "no connection in time"); });
}

void publisher_links::on_follow_link(transport::link_id link, transport::link_event what,
                                     std::string_view detail) {
  auto* const from = find(link);
  if (from == nullptr) {
    return;
  }
  if (what == transport::link_event::connected) {
    from->connected = true;
    confirm(*from);
  } else {
    retry_later(from->peer.id, detail.empty() ? std::string_view{"the link ended"} : detail);
  }
}

void publisher_links::confirm(followed_publisher& at) {
  if (!at.standing.nonce().empty()) {
    out_.unsubscribe(at.link, at.standing.nonce());
  }
  node_id random;
  for (auto& octet : random.octets) {
    octet = static_cast<std::uint8_t>(loop_.random()());
  }
  at.standing.begin(std::string{nonce_prefix} + random.to_string() + '\0');
  out_.subscribe(at.link, at.standing.nonce());
  ask_rights(at);
  loop_.cancel(at.timer);
  at.timer = loop_.after(options_.confirm_timeout, [this, peer = at.peer.id] {
    retry_later(peer, "the subscription was not confirmed in time");
  });
}

void publisher_links::ask_rights(followed_publisher& at) {
  if (!ask_) {
    return;
  }
  std::vector<filter> filters;
  for (const auto& [id, row] : wanted_.rows()) {
    if (row->what.matches_any(at.peer.topics)) {
      filters.push_back({row->what.text, row->what.prefix});
    }
  }
  const auto question = ++questions_;
  at.standing.ask(question);
  ask_(at.peer.id, std::move(filters),
       [this, peer = at.peer.id, question](const result<std::vector<filter>>& denied) {
         auto* const asked = stopped_ ? nullptr : find(peer);
         if (asked != nullptr && asked->standing.take_answer(question)) {
           on_rights(*asked, denied);
         }
       });
}

void publisher_links::on_rights(followed_publisher& at, const result<std::vector<filter>>& denied) {
  if (!denied) {
    retry_later(at.peer.id, "it did not say what it lets us hear: " + denied.error().message);
    return;
  }
  if (const auto names = at.denied.take(*denied); !names.empty()) {
    log_.write(log_level::warning, "events",
               at.peer.instance + " does not let us hear " + names +
                   ": our certificate does not give it; kith trust sign --subscribes does");
  }
  settle(at);
}

void publisher_links::on_nonce(followed_publisher& from) {
  out_.unsubscribe(from.link, from.standing.take_nonce());
  settle(from);
}

/// Confirmed once the nonce has come back and the question is answered.
void publisher_links::settle(followed_publisher& at) {
  if (!at.standing.settle(wanted_.newest())) {
    return;
  }
  loop_.cancel(at.timer);
  at.pause.on_up(loop_.now());
  if (!at.denied.empty()) {
    at.timer =
        loop_.after(options_.ask_again, [this, peer = at.peer.id] { try_denied_again(peer); });
  }
  confirmed_();
}

/// A certificate that gives it may have come.
void publisher_links::try_denied_again(const node_id& peer) {
  auto* const at = find(peer);
  if (at == nullptr || at->link == transport::link_id::none) {
    return;
  }
  for (const auto& form : at->denied.wire_forms()) {
    if (at->subscribed.contains(form)) {
      out_.unsubscribe(at->link, form);
      out_.subscribe(at->link, form);
    }
  }
  confirm(*at);
}

void publisher_links::hang_up(followed_publisher& from) {
  ++changes_;
  if (from.link != transport::link_id::none) {
    by_link_.erase(from.link);
    out_.close(std::exchange(from.link, transport::link_id::none));
  }
  if (from.standing.confirmed()) {
    from.pause.on_down(loop_.now());
  }
  from.connected = false;
  from.standing.end();
}

void publisher_links::retry_later(const node_id& peer, std::string_view why) {
  auto* const from = find(peer);
  if (from == nullptr) {
    return;
  }
  hang_up(*from);
  loop_.cancel(from->timer);
  log_.write(log_level::debug, "events",
             from->peer.instance + ": not subscribed: " + std::string{why});
  from->timer = loop_.after(from->pause.next(loop_.random()), [this, peer] {
    auto* const again = find(peer);
    // Without a control link it is left to on_link_open.
    if (again != nullptr && hub_.writer_to(peer) != nullptr &&
        again->link == transport::link_id::none && wanted_.wants_any(again->peer.topics)) {
      follow(*again);
    }
  });
}

void publisher_links::forget(const node_id& peer, bool for_good) {
  const auto found = publishers_.find(peer);
  if (found == publishers_.end()) {
    return;
  }
  loop_.cancel(found->second->timer);
  hang_up(*found->second);
  // It may only be out of reach: should it come back, what it said meanwhile is a gap. Nothing else
  // is kept of it, since most of those who are gone never come.
  if (!for_good && !found->second->topics.empty()) {
    remembered_.remember(peer, std::move(found->second->topics));
  }
  publishers_.erase(found);
}

followed_publisher* publisher_links::find(const node_id& peer) {
  const auto found = publishers_.find(peer);
  return found == publishers_.end() ? nullptr : found->second.get();
}

followed_publisher* publisher_links::find(transport::link_id link) {
  const auto known = by_link_.find(link);
  return known == by_link_.end() ? nullptr : find(known->second);
}

const followed_publisher* publisher_links::find(transport::link_id link) const {
  const auto known = by_link_.find(link);
  const auto found = known == by_link_.end() ? publishers_.end() : publishers_.find(known->second);
  return found == publishers_.end() ? nullptr : found->second.get();
}

std::size_t publisher_links::confirmed_for(const filter& what) const {
  return static_cast<std::size_t>(
      std::count_if(publishers_.begin(), publishers_.end(), [&](const auto& row) {
        return row.second->standing.confirmed() && !row.second->denied.contains(what) &&
               what.matches_any(row.second->peer.topics);
      }));
}

std::size_t publisher_links::denied_for(const filter& what) const {
  return static_cast<std::size_t>(
      std::count_if(publishers_.begin(), publishers_.end(), [&](const auto& row) {
        return row.second->standing.confirmed() && row.second->denied.contains(what) &&
               what.matches_any(row.second->peer.topics);
      }));
}

std::optional<error> publisher_links::denial_of(const filter& what) const {
  for (const auto& [id, at] : publishers_) {
    if (at->standing.confirmed() && at->denied.contains(what) &&
        what.matches_any(at->peer.topics)) {
      return error{errc::permission_denied,
                   at->peer.instance + " does not let us hear " + name_of(what) +
                       ": our certificate does not give it; kith trust sign --subscribes does"};
    }
  }
  return std::nullopt;
}

}  // namespace kith::events
