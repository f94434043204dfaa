// SPDX-License-Identifier: MPL-2.0
#include "events/listener.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "events/outlet.hpp"

namespace kith::events {

listener::listener(runtime::loop& loop, transport::transport& out, peers::hub& hub,
                   ledger::books& books, log_sink& log, listener_options options)
    : loop_{loop},
      out_{out},
      hub_{hub},
      books_{books},
      options_{options},
      waiters_{loop, [this](std::uint64_t id) { return standing_of(id); }},
      delivery_{wanted_, log},
      links_{loop, out, hub, log, wanted_, options.links, [this] { waiters_.check(); }} {}

void listener::stop() {
  stopped_ = true;
  links_.stop();
  waiters_.stop();
}

std::uint64_t listener::subscribe(filter what, detail::raw_event_handler handler,
                                  unique_function<void(const event_gap&)> on_gap) {
  const auto id = wanted_.add(what, std::move(handler), std::move(on_gap));
  ++changes_;
  links_.subscribe(what);
  return id;
}

void listener::unsubscribe(std::uint64_t id) {
  const auto found = wanted_.find(id);
  if (!found) {
    return;
  }
  wanted_.remove(id);
  ++changes_;
  links_.unsubscribe(found->what);
  waiters_.check();
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
  return subscription_standing{links_.confirmed_for(row->what), links_.denial_of(row->what)};
}

subscription_counts listener::counts(std::uint64_t id) const {
  const auto row = wanted_.find(id);
  if (!row) {
    return {};
  }
  auto counts = row->counts;
  counts.publishers = links_.confirmed_for(row->what);
  counts.denied = links_.denied_for(row->what);
  return counts;
}

std::vector<hearing_info> listener::hearings() const {
  std::vector<hearing_info> rows;
  for (const auto& [peer, from] : links_.all()) {
    for (const auto& [topic, state] : from->topics) {
      const auto& of = state.check;
      rows.push_back({peer.to_string(), topic, of.base(), of.last(), of.delivered(), of.missed(),
                      from->standing.confirmed()});
    }
  }
  return rows;
}

const node_description* listener::publisher_at(transport::link_id link) const {
  const auto* const from = links_.find(link);
  return from == nullptr ? nullptr : &from->peer;
}

void listener::on_event_packet(transport::link_id link, byte_view packet) {
  const auto* const from = links_.find(link);
  if (from == nullptr) {
    return;
  }
  const auto split = wire::split_topic(packet, hub_.bounds());
  if (!split) {
    const auto publisher = from->peer.id;
    refuse_inbound(*from, ledger::reason_of(split.error().what()));
    links_.retry_later(publisher, "it sent a malformed event packet");
    return;
  }
  read_packet(link, *split);
}

/// A packet has hundreds of events of one topic: publisher and topic are looked up once, and again
/// when a handler has changed the tables.
void listener::read_packet(transport::link_id link, const wire::topic_packet& split) {
  auto* from = links_.find(link);
  heard_topic* state = nullptr;
  wire::envelope_reader reader{split.envelopes, hub_.bounds()};
  for (;;) {
    const auto seen = changes();
    const auto next = reader.next();
    if (!next) {
      const auto publisher = from->peer.id;
      refuse_inbound(*from, ledger::reason_of(next.error().what()));
      links_.retry_later(publisher, "it sent a malformed event: " + next.error().message);
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
    if (changes() != seen) {
      state = nullptr;
      from = links_.find(link);
      if (from == nullptr) {
        return;
      }
    }
  }
}

void listener::on_nonce(followed_publisher& from, std::string_view nonce,
                        const wire::heads& heads) {
  if (!from.standing.awaits(nonce)) {
    return;
  }
  const auto asked = from.standing.nonce();
  on_heads(from, heads);
  if (!heads.last || from.standing.nonce() != asked) {
    return;  // who was told of a gap has subscribed to more, and that is being confirmed
  }
  links_.on_nonce(from);
}

void listener::on_heads(followed_publisher& from, const wire::heads& heads) {
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

/// `state` is the topic's, when it is known already.
void listener::on_event(followed_publisher& from, heard_topic*& state, std::string_view topic,
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
  const node_id who = from.peer.id;
  if (step.gap) {
    const auto link = from.link;
    const auto seen = changes();
    report(from, topic, *step.gap);
    if (changes() != seen) {
      auto* const still = links_.find(link);
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
  delivery_.deliver(state->listeners,
                    {topic, who, event.sequence, event.traceparent, event.tracestate}, event.body);
}

void listener::report(followed_publisher& from, std::string_view topic, const missing_range& gap) {
  auto& state = state_of(from, topic, 0);
  state.counters->sent += gap.count;
  state.counters->drop(ledger::drop_reason::gap, gap.count);
  out_.count_drops(from.link, ledger::drop_reason::gap, gap.count);
  delivery_.tell(state.listeners, {std::string{topic}, from.peer.id, gap.first, gap.count},
                 from.peer.instance);
}

heard_topic& listener::state_of(followed_publisher& from, std::string_view topic,
                                std::uint64_t base) {
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

std::uint64_t listener::base_of(const followed_publisher& from, std::string_view topic,
                                std::uint64_t head) const {
  // A subscription that was confirmed before would have heard of this topic: it began since then,
  // and all of it counts. To a new one the past does not.
  return wanted_.wanted_up_to(from.standing.up_to(), topic) ? 0 : head;
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

bool listener::believes(const followed_publisher& from, std::string_view topic) {
  if (hub_.may_publish(from.peer.id, topic)) {
    return true;
  }
  refuse_inbound(from, ledger::drop_reason::denied);
  return false;
}

void listener::refuse_inbound(const followed_publisher& from, ledger::drop_reason reason) {
  books_.open(ledger::scope::peer, ledger::direction::inbound, from.peer.id.to_string())
      .refuse(reason);
  out_.count_drops(from.link, reason, 1);
}

}  // namespace kith::events
