// SPDX-License-Identifier: MPL-2.0
#include "events/listener.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/reserved_names.hpp"
#include "events/listener_tables.hpp"
#include "events/outlet.hpp"

namespace kith::events {
namespace {

/// What was given to us may throw; it must not end the node.
template <class F>
void guarded(log_sink& log, std::string_view what, std::string_view topic, F call) {
  try {
    call();
  } catch (...) {
    log.write(log_level::error, "events",
              "the " + std::string{what} + " of " + std::string{topic} +
                  " threw: " + detail::text_of_current_exception());
  }
}

}  // namespace

listener::listener(runtime::loop& loop, transport::transport& out, peers::hub& hub,
                   ledger::books& books, log_sink& log, listener_options options)
    : loop_{loop},
      out_{out},
      hub_{hub},
      books_{books},
      log_{log},
      options_{options},
      waiters_{loop, [this](std::uint64_t id) { return standing_of(id); }},
      remembered_{options.max_remembered} {}

listener::~listener() {
  stop();
}

void listener::stop() {
  stopped_ = true;
  for (auto& [id, from] : publishers_) {
    loop_.cancel(from->timer);
    hang_up(*from);
  }
  publishers_.clear();
  waiters_.stop();
}

std::uint64_t listener::subscribe(filter what, detail::raw_event_handler handler,
                                  unique_function<void(const event_gap&)> on_gap) {
  const auto form = what.wire_form();
  const auto id = wanted_.add(std::move(what), std::move(handler), std::move(on_gap));
  ++changes_;
  for (auto& [publisher, from] : publishers_) {
    if (from->link != transport::link_id::none && wanted_.wants_any(from->peer.topics)) {
      if (from->subscribed.insert(form).second) {
        out_.subscribe(from->link, form);
      }
      if (from->connected) {
        confirm(*from);
      }
    } else if (hub_.writer_to(publisher) != nullptr && wanted_.wants_any(from->peer.topics)) {
      follow(*from);
    }
  }
  return id;
}

void listener::unsubscribe(std::uint64_t id) {
  const auto found = wanted_.find(id);
  if (!found) {
    return;
  }
  const auto form = found->what.wire_form();
  wanted_.remove(id);
  ++changes_;
  const bool still = wanted_.has_wire_form(form);
  for (auto& [publisher, from] : publishers_) {
    if (!still && from->subscribed.erase(form) > 0 && from->link != transport::link_id::none) {
      out_.unsubscribe(from->link, form);
    }
    // What nobody hears is not missed: a later subscription counts from its own beginning.
    std::erase_if(from->topics, [this](const auto& topic) { return !wanted_.wants(topic.first); });
  }
  remembered_.forget_topics([this](std::string_view topic) { return !wanted_.wants(topic); });
  waiters_.check();
}

void listener::warn_of_other_contracts(const node_description& peer) {
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

void listener::on_link_open(const node_description& peer) {
  if (peer.outlet.empty()) {
    return;
  }
  auto& slot = publishers_[peer.id];
  if (!slot) {
    slot = std::make_unique<followed>();
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

void listener::on_link_lost(const node_id& peer, std::string_view /*why*/,
                            std::uint64_t /*taken*/) {
  const auto found = publishers_.find(peer);
  if (found == publishers_.end() || found->second->link == transport::link_id::none) {
    return;
  }
  // Events may go on coming for a while; a publisher that stays out of reach is given up.
  loop_.cancel(found->second->timer);
  found->second->timer = loop_.after(options_.confirm_timeout, [this, peer] {
    const auto late = publishers_.find(peer);
    if (late != publishers_.end() &&
        (hub_.writer_to(peer) == nullptr || !late->second->confirmed)) {
      retry_later(peer, "the publisher is out of reach");
    }
  });
}

void listener::follow(followed& from) {
  loop_.cancel(from.timer);
  const auto publisher = from.peer.id;
  auto link = out_.follow(from.peer.outlet, hub_.policy_to(publisher));
  if (!link) {
    retry_later(publisher, link.error().message);
    return;
  }
  from.link = *link;
  out_.name_peer(*link, from.peer);
  from.connected = from.confirmed = false;
  from.subscribed.clear();
  by_link_[*link] = publisher;
  for (const auto& [id, row] : wanted_.rows()) {
    const auto form = row->what.wire_form();
    if (from.subscribed.insert(form).second) {
      out_.subscribe(*link, form);
    }
  }
  from.timer = loop_.after(options_.confirm_timeout,
                           [this, publisher] { retry_later(publisher, "no connection in time"); });
}

void listener::confirm(followed& from) {
  if (!from.nonce.empty()) {
    out_.unsubscribe(from.link, from.nonce);
  }
  node_id random;
  for (auto& octet : random.octets) {
    octet = static_cast<std::uint8_t>(loop_.random()());
  }
  from.nonce = std::string{nonce_prefix} + random.to_string() + '\0';
  from.confirmed = from.answered = false;
  out_.subscribe(from.link, from.nonce);
  ask_rights(from);
  loop_.cancel(from.timer);
  from.timer = loop_.after(options_.confirm_timeout, [this, publisher = from.peer.id] {
    retry_later(publisher, "the subscription was not confirmed in time");
  });
}

void listener::hang_up(followed& from) {
  ++changes_;
  if (from.link != transport::link_id::none) {
    by_link_.erase(from.link);
    out_.close(std::exchange(from.link, transport::link_id::none));
  }
  if (from.confirmed) {
    from.pause.on_down(loop_.now());
  }
  from.connected = from.confirmed = from.answered = false;
  from.question = 0;
  from.nonce.clear();
}

void listener::retry_later(const node_id& publisher, std::string_view why) {
  const auto found = publishers_.find(publisher);
  if (found == publishers_.end()) {
    return;
  }
  auto& from = *found->second;
  hang_up(from);
  loop_.cancel(from.timer);
  log_.write(log_level::debug, "events",
             from.peer.instance + ": not subscribed: " + std::string{why});
  from.timer = loop_.after(from.pause.next(loop_.random()), [this, publisher] {
    const auto again = publishers_.find(publisher);
    // Without a control link it is left to on_link_open.
    if (again != publishers_.end() && hub_.writer_to(publisher) != nullptr &&
        again->second->link == transport::link_id::none &&
        wanted_.wants_any(again->second->peer.topics)) {
      follow(*again->second);
    }
  });
}

void listener::forget(const node_id& publisher, bool for_good) {
  const auto found = publishers_.find(publisher);
  if (found == publishers_.end()) {
    return;
  }
  loop_.cancel(found->second->timer);
  hang_up(*found->second);
  // It may only be out of reach: should it come back, what it said meanwhile is a gap. Nothing else
  // is kept of it, since most of those who are gone never come.
  if (!for_good && !found->second->topics.empty()) {
    remembered_.remember(publisher, std::move(found->second->topics));
  }
  publishers_.erase(found);
}

listener::followed* listener::find(transport::link_id link) {
  const auto known = by_link_.find(link);
  if (known == by_link_.end()) {
    return nullptr;
  }
  const auto found = publishers_.find(known->second);
  return found == publishers_.end() ? nullptr : found->second.get();
}

void listener::on_follow_link(transport::link_id link, transport::link_event what,
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

void listener::refuse_inbound(const followed& from, ledger::drop_reason reason) {
  books_.open(ledger::scope::peer, ledger::direction::inbound, from.peer.id.to_string())
      .refuse(reason);
  out_.count_drops(from.link, reason, 1);
}

void listener::on_event_packet(transport::link_id link, byte_view packet) {
  const auto* const from = find(link);
  if (from == nullptr) {
    return;
  }
  const auto split = wire::split_topic(packet, hub_.bounds());
  if (!split) {
    const auto publisher = from->peer.id;
    refuse_inbound(*from, ledger::reason_of(split.error().what()));
    retry_later(publisher, "it sent a malformed event packet");
    return;
  }
  read_packet(link, *split);
}

/// A packet has hundreds of events of one topic: publisher and topic are looked up once, and again
/// when a handler has changed the tables.
void listener::read_packet(transport::link_id link, const wire::topic_packet& split) {
  auto* from = find(link);
  heard_topic* state = nullptr;
  wire::envelope_reader reader{split.envelopes, hub_.bounds()};
  for (;;) {
    const auto seen = changes_;
    const auto next = reader.next();
    if (!next) {
      const auto publisher = from->peer.id;
      refuse_inbound(*from, ledger::reason_of(next.error().what()));
      retry_later(publisher, "it sent a malformed event: " + next.error().message);
      return;
    }
    if (!next->has_value()) {
      return;
    }
    if (const auto* event = std::get_if<wire::event>(&**next)) {
      on_event(*from, state, split.topic, *event);
    } else if (const auto* heads = std::get_if<wire::heads>(&**next)) {
      if (split.topic.starts_with(nonce_prefix)) {
        on_nonce(*from, split.topic, *heads);
      } else {
        on_heads(*from, *heads);
      }
    } else {
      refuse_inbound(*from, ledger::drop_reason::unknown_kind);
    }
    if (changes_ != seen) {
      state = nullptr;
      from = find(link);
      if (from == nullptr) {
        return;
      }
    }
  }
}

void listener::on_nonce(followed& from, std::string_view nonce, const wire::heads& heads) {
  const bool ours = from.nonce.size() == nonce.size() + 1 && from.nonce.starts_with(nonce);
  if (from.confirmed || !ours) {
    return;  // an answer to an earlier question says nothing of later subscriptions
  }
  const auto asked = from.nonce;
  on_heads(from, heads);
  if (!heads.last || from.nonce != asked) {
    return;  // who was told of a gap has subscribed to more, and that is being confirmed
  }
  out_.unsubscribe(from.link, std::exchange(from.nonce, {}));
  from.answered = true;
  settle(from);
}

void listener::on_heads(followed& from, const wire::heads& heads) {
  for (const auto& head : heads.entries) {
    if (!wanted_.wants(head.topic) || !believes(from, head.topic)) {
      continue;
    }
    auto& state = state_of(from, head.topic, base_of(from, head.topic, head.sequence));
    if (const auto gap = state.check.on_head(head.sequence)) {
      report(from, head.topic, *gap);
    }
  }
}

std::uint64_t listener::base_of(const followed& from, std::string_view topic,
                                std::uint64_t head) const {
  // A subscription that was confirmed before would have heard of this topic: it began since then,
  // and all of it counts. To a new one the past does not.
  return wanted_.wanted_up_to(from.confirmed_up_to, topic) ? 0 : head;
}

heard_topic& listener::state_of(followed& from, std::string_view topic, std::uint64_t base) {
  auto found = from.topics.find(topic);
  if (found == from.topics.end()) {
    if (from.topics.size() >= options_.max_topics_per_publisher) {
      ++changes_;
      books_.open(ledger::scope::queue, ledger::direction::inbound, "topics_of_publisher")
          .refuse(ledger::drop_reason::table_full);
      from.topics.erase(from.topics.begin());  // a publisher keeps to 4,096; this one does not
    }
    found = from.topics.try_emplace(std::string{topic}, base).first;
    found->second.counters = &books_.open(ledger::scope::topic, ledger::direction::inbound, topic);
  }
  auto& state = found->second;
  if (state.version != wanted_.version()) {
    state.version = wanted_.version();
    state.listeners = wanted_.matching(topic);
  }
  return state;
}

void listener::report(followed& from, std::string_view topic, const missing_range& gap) {
  auto& state = state_of(from, topic, 0);
  state.counters->sent += gap.count;
  state.counters->drop(ledger::drop_reason::gap, gap.count);
  out_.count_drops(from.link, ledger::drop_reason::gap, gap.count);
  const event_gap told{std::string{topic}, from.peer.id, gap.first, gap.count};
  const std::string who = from.peer.instance;
  bool heard = false;
  for (const auto id : std::vector{state.listeners}) {
    const auto kept = wanted_.find(id);  // it may unsubscribe itself
    if (!kept) {
      continue;
    }
    kept->counts.missed += gap.count;
    if (kept->on_gap) {
      heard = true;
      guarded(log_, "on_gap", told.topic, [&] { kept->on_gap(told); });
    }
  }
  if (!heard) {
    log_.write(log_level::warning, "events",
               told.topic + " from " + who + ": " + std::to_string(gap.count) +
                   " events were lost, from number " + std::to_string(gap.first) +
                   " on: this subscriber or the network was too slow");
  }
}

/// `state` is the topic's, when it is known already.
void listener::on_event(followed& from, heard_topic*& state, std::string_view topic,
                        const wire::event& event) {
  if (event.sequence == 0) {
    refuse_inbound(from, ledger::drop_reason::malformed);
    return;
  }
  if (state == nullptr) {
    if (!believes(from, topic)) {
      return;
    }
    auto& met = state_of(from, topic, base_of(from, topic, event.sequence - 1));
    if (met.listeners.empty()) {
      ++changes_;
      from.topics.erase(from.topics.find(topic));  // on its way when it was unsubscribed
      refuse_inbound(from, ledger::drop_reason::unknown_topic);
      return;
    }
    state = &met;
  }
  const auto step = state->check.on_event(event.sequence);
  const node_id publisher = from.peer.id;
  if (step.gap) {
    const auto link = from.link;
    const auto seen = changes_;
    report(from, topic, *step.gap);
    if (changes_ != seen) {
      auto* const still = find(link);
      if (still == nullptr || still->topics.find(topic) == still->topics.end()) {
        return;
      }
      state = &state_of(*still, topic, 0);
    }
  }
  if (step.what == sequence_check::verdict::stale) {
    return;
  }
  ++state->counters->sent;
  ++state->counters->delivered;
  state->counters->delivered_bytes += event.body.size();
  if (event.published_us > 0) {
    count_time(*state, topic, event.published_us);
  }
  deliver(*state, {topic, publisher, event.sequence, event.traceparent, event.tracestate},
          event.body);
}

/// A calendar that is behind the publisher's makes it no time at all.
void listener::count_time(heard_topic& state, std::string_view topic, std::uint64_t published_us) {
  if (state.times == nullptr) {
    state.times = &books_.event_times().open(topic, {});
  }
  const auto then = std::min<std::uint64_t>(published_us, std::numeric_limits<std::int64_t>::max());
  state.times->add(ledger::calendar_span(static_cast<std::int64_t>(then),
                                         loop_.wall_now().time_since_epoch().count()));
}

/// The last one may end `state`: nothing of it is looked at afterwards.
void listener::deliver(heard_topic& state, const event_info& info, byte_view body) {
  const auto one = [&](std::uint64_t id) {
    const auto kept = wanted_.find(id);  // it may unsubscribe itself
    if (!kept) {
      return;
    }
    ++kept->counts.delivered;
    guarded(log_, "handler", info.topic, [&] { kept->handler(info, body); });
  };
  if (state.listeners.size() == 1) {
    one(state.listeners.front());
    return;
  }
  for (const auto id : std::vector{state.listeners}) {
    one(id);
  }
}

void listener::count_unreadable(std::uint64_t id, const event_info& event, const error& why) {
  const auto row = wanted_.find(id);
  if (!row) {
    return;
  }
  if (row->counts.unreadable++ == 0) {
    log_.write(log_level::error, "events",
               std::string{event.topic} + " from " + event.publisher.to_short_string() +
                   " does not fit the contract (said once, counted always): " + why.to_string());
  }
}

std::size_t listener::confirmed_for(const filter& what) const {
  return static_cast<std::size_t>(
      std::count_if(publishers_.begin(), publishers_.end(), [&](const auto& row) {
        return row.second->confirmed && !row.second->denied.contains(what.wire_form()) &&
               what.matches_any(row.second->peer.topics);
      }));
}

std::uint64_t listener::when_subscribed(std::uint64_t id, std::size_t publishers, duration limit,
                                        unique_function<void(result<void>)> done) {
  if (stopped_) {
    done(fail(errc::shutting_down, "this node is stopping"));
    return 0;
  }
  const auto number = waiters_.add(id, publishers, limit, std::move(done));
  loop_.post([this] { waiters_.check(); });
  return number;
}

void listener::stop_waiting(std::uint64_t number) {
  waiters_.end(number, {errc::cancelled, "the caller gave up"});
}

std::optional<subscription_standing> listener::standing_of(std::uint64_t id) const {
  const auto row = wanted_.find(id);
  if (!row) {
    return std::nullopt;
  }
  return subscription_standing{confirmed_for(row->what), denial_of(row->what)};
}

}  // namespace kith::events
