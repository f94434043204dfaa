// SPDX-License-Identifier: MPL-2.0
#include "peers/hub.hpp"

#include <algorithm>
#include <utility>

#include "peers/description.hpp"
#include "peers/hub_tables.hpp"

namespace kith::peers {
namespace {

std::string_view text_of(transport::link_event what) noexcept {
  switch (what) {
    case transport::link_event::connected: return "connected";
    case transport::link_event::refused: return "nobody listens there";
    case transport::link_event::unreachable: return "nobody answers there";
    case transport::link_event::unresolved: return "its name cannot be resolved";
    case transport::link_event::handshake_failed: return "the transport's handshake failed";
    case transport::link_event::disconnected: return "the connection broke";
  }
  return "the connection broke";
}

}  // namespace

hub::hub(runtime::loop& loop, transport::transport& out, ledger::books& books, log_sink& log,
         hub_options options)
    : loop_{loop}, out_{out}, books_{books}, log_{log}, options_{options} {
  out_.set_receiver(this);
}

hub::~hub() {
  stop();
}

void hub::set_handlers(reply_handler* replies, request_handler* requests, event_handler* events) {
  replies_ = replies;
  requests_ = requests;
  events_ = events;
}

void hub::start() {
  last_tick_ = loop_.now();
  ticker_ = loop_.after(options_.heartbeat, [this] { tick(); });
}

void hub::stop() {
  if (std::exchange(stopped_, true)) {
    return;
  }
  say_last_words();
  loop_.cancel(ticker_);
  for (auto& [id, link] : links_) {
    loop_.cancel(link->timer);
  }
  out_.set_receiver(nullptr);
  links_.clear();
  by_link_.clear();
  sessions_.clear();
  for (auto& [id, begun] : introductions_) {
    loop_.cancel(begun.timer);
  }
  introductions_.clear();
}

void hub::connect(const node_id& peer, const std::string& endpoint, std::string_view service,
                  bool fresh) {
  if (stopped_) {
    return;
  }
  auto found = links_.find(peer);
  if (found != links_.end() &&
      (found->second->leads_elsewhere(endpoint, service) || found->second->leaving)) {
    drop(peer, "it is reached elsewhere now", false);
    found = links_.end();
  }
  if (found == links_.end()) {
    auto made = std::make_unique<outgoing>(
        peer, endpoint, link_machine{options_.timing, resilience::backoff{options_.backoff}});
    made->flows = flows_of(peer.to_string());
    made->service = service;
    found = links_.insert_or_assign(peer, std::move(made)).first;
    act(*found->second, found->second->machine.start(loop_.now(), is_here(peer)), {});
  } else if (fresh && found->second->machine.phase() == link_phase::open) {
    link_broke(peer, "it is silent");
  }
}

void hub::drop(const node_id& peer, std::string_view reason, bool graceful) {
  const auto found = links_.find(peer);
  if (found == links_.end()) {
    return;
  }
  auto& link = *found->second;
  if (graceful && link.machine.phase() == link_phase::open) {
    link.leaving = true;  // replies in flight may still come; it will hang up
    loop_.cancel(link.timer);
    link.timer =
        loop_.after(options_.leaving_grace, [this, peer] { drop(peer, "it said goodbye", false); });
    return;
  }
  const auto removed = std::move(found->second);
  links_.erase(found);
  say_last_word(*removed);
  act(*removed, removed->machine.close(), reason);
}

void hub::forget(const node_id& peer) {
  drop(peer, "forgotten", false);
  for (auto& [id, s] : sessions_) {
    if (s.who && s.who->id == peer) {
      move_to_gone(s);  // its line in the books is about to be closed
    }
  }
  proved_.erase(peer);
  give_up_counts(peer);
}

void hub::say_goodbye(std::string_view reason) {
  const auto& farewell = farewell_.emplace(wire::goodbye{std::string{reason}});
  for (auto& [id, link] : links_) {
    if (link->writer && link->machine.phase() == link_phase::open) {
      static_cast<void>(link->writer->write(farewell));
    }
  }
  for (auto& [id, s] : sessions_) {
    if (s.who && !s.banned && !s.ended) {
      static_cast<void>(s.writer->write(farewell));
    }
  }
}

packet_writer* hub::writer_to(const node_id& peer) {
  const auto found = links_.find(peer);
  const bool usable = found != links_.end() && !found->second->leaving &&
                      found->second->machine.phase() == link_phase::open;
  return usable ? found->second->writer.get() : nullptr;
}

packet_writer* hub::writer_of(session_id id) {
  const auto found = sessions_.find(id);
  const bool usable = found != sessions_.end() && !found->second.banned && !found->second.ended;
  return usable ? found->second.writer.get() : nullptr;
}

std::optional<link_view> hub::link_to(const node_id& peer) const {
  const auto found = links_.find(peer);
  if (found == links_.end()) {
    return std::nullopt;
  }
  const auto& link = *found->second;
  const auto via = std::string_view{link.dialled}.substr(0, link.dialled.find(':'));
  return link_view{&link.description,
                   link.machine.phase(),
                   link.leaving,
                   link.round_trip,
                   link.queue_depth,
                   link.why,
                   via,
                   link.expected && !link.expected->certificates.empty()
                       ? link.expected->certificates.front()
                       : nullptr};
}

const node_description* hub::description_of(const node_id& peer) const {
  const auto found = links_.find(peer);
  return found == links_.end() ? nullptr : &found->second->description;
}

hub::link_end hub::end_of(transport::link_id link) const {
  if (const auto found = sessions_.find(link); found != sessions_.end()) {
    return {found->second.who.get(), false};
  }
  const auto own = by_link_.find(link);
  const auto found = own == by_link_.end() ? links_.end() : links_.find(own->second);
  if (found == links_.end()) {
    return {};
  }
  const auto& who = found->second->description;
  return {who.id.is_nil() ? nullptr : &who, true};
}

hub::outgoing* hub::find_link(transport::link_id link) {
  const auto known = by_link_.find(link);
  if (known == by_link_.end()) {
    return nullptr;
  }
  const auto found = links_.find(known->second);
  return found != links_.end() && found->second->link == link ? found->second.get() : nullptr;
}

void hub::act(outgoing& link, const link_step& step, std::string_view why) {
  const node_id peer = link.peer;
  const std::uint64_t taken = link.writer ? link.writer->taken() : 0;
  const bool refused = std::exchange(link.refused, false);
  if (!why.empty()) {
    link.why = why;
  }
  loop_.cancel(link.timer);
  link.timer = runtime::timer_id::none;
  if (step.hang_up && link.link != transport::link_id::none) {
    by_link_.erase(link.link);
    out_.close(std::exchange(link.link, transport::link_id::none));
    end_counts(link);
    link.writer.reset();
  }
  if (step.timer) {
    link.timer = loop_.at(*step.timer, [this, peer] {
      const auto found = links_.find(peer);
      if (found != links_.end()) {
        auto& late = *found->second;
        const bool waiting = late.machine.phase() == link_phase::waiting;
        act(late, late.machine.timeout(loop_.now(), loop_.random(), is_here(peer)),
            waiting ? std::string_view{} : "no answer in time");
      }
    });
  }
  if (step.hello && link.writer) {
    wire::hello greeting;
    greeting.self = self_;
    greeting.expected = peer;
    greeting.opening = {link.said_number = ++last_number_, read_before(peer)};
    static_cast<void>(link.writer->write(greeting));
  }
  if (step.diverted) {
    log_.write(log_level::info, "peers",
               link.dialled + " does not lead to " + peer.to_short_string() + " (" +
                   std::string{why} + "): dialling " + link.endpoint);
  }
  if (step.dial) {
    dial(link);
  }
  // Upcalls last: they may change the table and end `link`.
  const std::string reason{why.empty() ? std::string_view{link.why} : why};
  if (step.lost) {
    for (auto* watcher : watchers_) {
      watcher->on_link_lost(peer, reason, taken);
    }
  }
  if (step.failed) {
    for (auto* watcher : watchers_) {
      watcher->on_dial_failed(peer, reason, refused);
    }
  }
  if (step.opened) {
    const auto found = links_.find(peer);
    if (found != links_.end()) {
      if (farewell_) {
        static_cast<void>(found->second->writer->write(*farewell_));
      }
      const auto description = found->second->description;
      for (auto* watcher : watchers_) {
        watcher->on_link_open(description);
      }
    }
  }
}

void hub::complain(outgoing& link, const std::string& why) {
  if (std::exchange(link.complained, why) != why) {
    log_.write(log_level::warning, "peers",
               (link.service.empty() ? std::string{} : link.service + " ") + "(" +
                   link.peer.to_short_string() + "): " + why);
  }
}

bool hub::is_here(const node_id& peer) const {
  return !local_directory_.empty() && out_.is_here(local_inbox(local_directory_, peer));
}

void hub::dial(outgoing& link) {
  link.dialled = link.machine.way() == link_way::local ? local_inbox(local_directory_, link.peer)
                                                       : link.endpoint;
  const auto peer = link.peer;
  if (keys_ && keys_->certified() && name_expected(link).empty()) {
    // Whoever it is has a certificate of ours and will greet us, or is of no use.
    loop_.post([this, peer] { link_broke(peer, "it has not said yet whose key it has"); });
    return;
  }
  if (keys_ && !choose_key(link)) {
    const std::string why = link.dialled + ": " + no_key_for(link.service);
    complain(link, why);
    loop_.post([this, peer, why] { link_broke(peer, why); });
    return;
  }
  auto made = out_.dial(link.dialled, policy_to(peer));
  if (!made) {
    loop_.post([this, peer, why = made.error().message] { link_broke(peer, why); });
    return;
  }
  link.link = *made;
  by_link_[*made] = link.peer;
  if (!link.description.id.is_nil()) {
    out_.name_peer(*made, link.description);
  }
  link.writer = make_writer(*made, *link.flows.out);
  link.ping_sequence = 0;
  link.number = 0;
  link.inbound = {};
}

void hub::link_broke(const node_id& peer, std::string_view why) {
  const auto found = links_.find(peer);
  if (found == links_.end()) {
    return;
  }
  if (found->second->leaving) {
    drop(peer, why, false);
    return;
  }
  auto& link = *found->second;
  act(link, link.machine.ended(loop_.now(), loop_.random()), why);
}

std::unique_ptr<packet_writer> hub::make_writer(transport::link_id link, ledger::flow& counters) {
  return std::make_unique<packet_writer>(out_, link, options_.bounds, options_.link_budget_bytes,
                                         counters, [this, link] { mark_dirty(link); });
}

void hub::mark_dirty(transport::link_id link) {
  if (stopped_) {
    return;  // last words, which are flushed at once
  }
  if (dirty_.empty()) {
    loop_.at_turn_end([this] { flush_dirty(); });
  }
  dirty_.push_back(link);
}

void hub::flush_dirty() {
  for (const auto link : std::exchange(dirty_, {})) {
    on_writable(link);
  }
}

void hub::on_writable(transport::link_id link) {
  if (auto* own = find_link(link); own != nullptr) {
    const auto peer = own->peer;
    own->writer->flush();
    replies_->on_room(peer);
  } else if (const auto found = sessions_.find(link);
             found != sessions_.end() && found->second.writer) {
    found->second.writer->flush();
    requests_->on_room(link);
  } else if (const auto begun = introductions_.find(link); begun != introductions_.end()) {
    begun->second.writer->flush();
  }
}

void hub::on_packet(transport::link_id from, byte_view packet) {
  if (const auto* own = find_link(from); own != nullptr) {
    on_link_packet(own->peer, from, packet);
  } else if (introductions_.contains(from)) {
    on_introduction_packet(from, packet);
  } else {
    on_session_packet(from, packet);
  }
}

void hub::on_link(transport::link_id link, transport::link_event what, std::string_view detail) {
  std::string why{text_of(what)};
  if (!detail.empty()) {
    why += ": " + std::string{detail};
  }
  auto* own = find_link(link);
  if (introductions_.contains(link)) {
    on_introduction_link(link, what, why);
    return;
  }
  if (own == nullptr) {
    if (events_ != nullptr && !sessions_.contains(link)) {
      events_->on_follow_link(link, what, detail);
    }
    return;
  }
  if (what == transport::link_event::connected) {
    act(*own, own->machine.connected(loop_.now()), {});
    return;
  }
  if (what == transport::link_event::handshake_failed) {
    own->key_choice.failed();
    if (own->machine.way() == link_way::network) {  // else the network has the last word
      complain(*own, std::string{detail});
    }
  }
  own->refused = what == transport::link_event::refused;
  link_broke(own->peer, why);
}

void hub::on_event(transport::link_id publisher, byte_view packet) {
  if (events_ != nullptr) {
    events_->on_event_packet(publisher, packet);
  }
}

void hub::on_subscription(std::string_view topic, bool added) {
  if (events_ != nullptr) {
    events_->on_subscription(topic, added);
  }
}

void hub::on_bad_packet(transport::link_id from, std::string_view what) {
  const std::string why{what};
  if (const auto* own = find_link(from); own != nullptr) {
    refuse_inbound(own->flows, from, ledger::drop_reason::malformed);
    link_broke(own->peer, why);
  } else if (introductions_.contains(from)) {
    end_introduction(from, fail(errc::malformed, why));
  } else if (events_ != nullptr && events_->follows(from)) {
    return;  // its end is told by itself
  } else if (open_session(from) != nullptr) {
    ban(from, errc::malformed, why, ledger::drop_reason::malformed);
  }
}

hub::peer_flows hub::flows_of(std::string_view key) {
  return {&books_.open(ledger::scope::peer, ledger::direction::inbound, key),
          &books_.open(ledger::scope::peer, ledger::direction::outbound, key)};
}

void hub::refuse_inbound(const peer_flows& flows, transport::link_id from,
                         ledger::drop_reason reason) {
  flows.in->refuse(reason);
  out_.count_drops(from, reason, 1);
}

void hub::on_link_packet(const node_id& peer, transport::link_id link, byte_view packet) {
  wire::envelope_reader reader{packet, options_.bounds};
  for (auto* own = find_link(link); own != nullptr; own = find_link(link)) {
    auto next = reader.next();
    if (!next) {
      refuse_inbound(own->flows, link, ledger::reason_of(next.error().what()));
      link_broke(peer, "it sent something malformed: " + next.error().message);
      return;
    }
    if (!next->has_value()) {
      say_heard(*own);
      return;
    }
    on_link_envelope(*own, **next);
  }  // what came of it ended this link
}

void hub::say_heard(const outgoing& own) {
  const node_id peer = own.peer;
  if (own.machine.phase() == link_phase::open) {
    for (auto* watcher : watchers_) {
      watcher->on_heard(peer);
    }
  }
}

void hub::on_link_envelope(outgoing& own, const wire::envelope& value) {
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
    out_.count_drops(link, why, 1);
  };
  if (const auto* greeting = std::get_if<wire::welcome>(&value)) {
    on_welcome(peer, *greeting);
  } else if (const auto* refusal = std::get_if<wire::refuse>(&value)) {
    const std::string why =
        "it refused us: " + std::string{name_of(refusal->code)} + ": " + refusal->reason;
    log_.write(log_level::warning, "peers",
               peer.to_short_string() + " at " + own.dialled + ": " + why);
    own.refused = refusal->code == errc::stale_incarnation;  // whom we meant is there no longer
    link_broke(peer, why);
  } else if (own.machine.phase() != link_phase::open) {
    drop(ledger::drop_reason::not_greeted);
  } else if (const auto* answer = std::get_if<wire::reply>(&value)) {
    if (!replies_->on_reply(peer, *answer)) {
      drop(ledger::drop_reason::unknown_reply);
    }
  } else if (const auto* error = std::get_if<wire::error_reply>(&value)) {
    if (!replies_->on_error_reply(peer, *error)) {
      drop(ledger::drop_reason::unknown_reply);
    }
  } else if (const auto* one = std::get_if<wire::item>(&value)) {
    if (!replies_->on_item(peer, *one)) {
      drop(ledger::drop_reason::unknown_reply);
    }
  } else if (const auto* more = std::get_if<wire::credit>(&value)) {
    if (!replies_->on_credit(peer, *more)) {
      drop(ledger::drop_reason::unknown_reply);
    }
  } else if (const auto* echo = std::get_if<wire::pong>(&value)) {
    if (echo->sequence == own.ping_sequence) {
      own.round_trip = loop_.now() - own.ping_sent;
    }
    own.queue_depth = echo->queue_depth;
    take_counts(own, *echo);
  } else if (const auto* farewell = std::get_if<wire::goodbye>(&value)) {
    const std::string by = own.expected ? own.expected->name : std::string{};
    for (auto* watcher : watchers_) {
      watcher->on_goodbye(peer, farewell->reason, by);
    }
  } else {
    drop(ledger::drop_reason::unknown_kind);
  }
}

void hub::on_welcome(const node_id& peer, const wire::welcome& value) {
  auto& link = *links_.at(peer);
  if (value.self.id != peer) {
    link.refused = true;  // whom we meant is there no longer
    link_broke(peer, "another node answers there: " + value.self.instance + " (" +
                         value.self.id.to_short_string() + ")");
    return;
  }
  if (const auto flaw = flaw_of(value, link.expected.get())) {
    if (flaw->what() == errc::permission_denied) {
      complain(link, link.dialled + ": " + flaw->message);
    }
    link_broke(peer, flaw->message);
    return;
  }
  link.complained.clear();
  link.said = value.self;
  resolve_wildcards(link.said, link.endpoint);
  believe(link);
  out_.name_peer(link.link, link.said);
  open_counts(link, value);
  note_proof(link);
  act(link, link.machine.welcomed(loop_.now()), {});
  end_foreign_sessions(peer);
}

std::optional<error> hub::flaw_of(const wire::welcome& value,
                                  const security::known_key* expected) const {
  if (value.self.domain != self_.domain) {
    return error{errc::wrong_domain, "it belongs to the domain " + value.self.domain};
  }
  if (value.version < wire::protocol_version_min || value.version > wire::protocol_version_max) {
    return error{errc::unsupported_version,
                 "it chose protocol version " + std::to_string(value.version)};
  }
  if (const auto flaw = flaw_in(value.self); !flaw.empty()) {
    return error{errc::malformed,
                 "its welcome's " + std::string{flaw} + " is no name or no address"};
  }
  if (beyond_loopback(value.self.outlet, self_.inbox)) {
    return error{errc::malformed,
                 "its events are on another machine, and this node is on loopback"};
  }
  if (expected != nullptr && !value.self.service.empty() && value.self.service != expected->name) {
    return error{errc::permission_denied, "its key stands for " + expected->name +
                                              ", but it says that it is " + value.self.service};
  }
  if (!says_own_id(value.self)) {
    return error{errc::permission_denied, std::string{not_its_own_id}};
  }
  return std::nullopt;
}

void hub::break_own_links(std::string_view why) {
  std::vector<node_id> open;
  for (const auto& [id, link] : links_) {
    if (link->machine.phase() == link_phase::open) {
      open.push_back(id);
    }
  }
  for (const auto& id : open) {
    link_broke(id, why);
  }
}

void hub::tick() {
  const auto now = loop_.now();
  const auto late = now - last_tick_ - options_.heartbeat;
  last_tick_ = now;
  ticker_ = loop_.after(options_.heartbeat, [this] { tick(); });
  if (late >= options_.session_silence - 2 * options_.heartbeat) {
    break_own_links("this node stood still, and may have been forgotten there");
  }
  const auto depth = depth_ ? depth_() : 0;
  ++ping_sequence_;
  for (auto& [id, link] : links_) {
    if (link->machine.phase() == link_phase::open) {
      link->ping_sequence = ping_sequence_;
      link->ping_sent = now;
      static_cast<void>(link->writer->write(wire::ping{
          ping_sequence_, depth, counts_of(link->number, link->inbound, *link->writer)}));
    }
  }
  hang_up_revoked();
  expire_sessions(std::max(late, duration{}));
}

}  // namespace kith::peers
