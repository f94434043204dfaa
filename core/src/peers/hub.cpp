// SPDX-License-Identifier: MPL-2.0
#include "peers/hub.hpp"

#include <algorithm>
#include <utility>

#include "peers/denial.hpp"
#include "security/authority.hpp"

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
         const hub_options& options)
    : shared_{loop,
              out,
              books,
              log,
              options,
              [this](transport::link_id link, ledger::flow& counters) {
                return make_writer(link, counters);
              }},
      keys_{options.max_counted},
      settled_{books, log, options.max_counted, options.max_remembered},
      refusals_{loop, log, options.refusals_told},
      introductions_{shared_, keys_},
      sessions_{shared_,        keys_,
                settled_,       refusals_,
                introductions_, [this](const node_id& caller) { close_books_of(caller); }},
      links_{shared_, keys_, settled_, sessions_} {
  out.set_receiver(this);
}

hub::~hub() {
  stop();
}

void hub::set_handlers(reply_handler* replies, request_handler* requests, event_handler* events,
                       subscription_handler* subscriptions) {
  shared_.replies = replies;
  shared_.requests = requests;
  events_ = events;
  subscriptions_ = subscriptions;
}

void hub::start() {
  last_tick_ = shared_.loop.now();
  ticker_ = shared_.loop.after(shared_.options.heartbeat, [this] { tick(); });
}

void hub::stop() {
  if (std::exchange(stopped_, true)) {
    return;
  }
  links_.say_last_words();
  sessions_.say_last_words();
  shared_.loop.cancel(ticker_);
  shared_.out.set_receiver(nullptr);
  links_.stop();
  sessions_.stop();
  introductions_.stop();
}

void hub::use_keys(std::shared_ptr<const security::keyring> keys) {
  const bool bound = keys_.exchange(std::move(keys));
  if (!bound || stopped_) {
    return;
  }
  if (const auto taken = shared_.out.use_keys(keys_.ring()); !taken) {
    shared_.log.write(log_level::error, "peers",
                      "the exchanged keys cannot be used: " + taken.error().message);
  }
  refusals_.forget_denials();
  sessions_.check_keys();
  links_.check_keys();
  shared_.requests->on_rights_changed();
}

std::optional<error> hub::denial(const security::known_key& who, std::string_view method) {
  auto why = denial_of_call(who, method, shared_.self);
  if (why) {
    refusals_.say_denied("a request: " + why->message);
  }
  return why;
}

bool hub::may_publish(const node_id& peer, std::string_view topic) const {
  if (!keys_.certified()) {
    return true;
  }
  const auto* const who = links_.key_of(peer);
  return who != nullptr && security::may_publish(*who, topic);
}

void hub::connect(const node_id& peer, const std::string& endpoint, std::string_view service,
                  bool fresh) {
  if (!stopped_) {
    links_.connect(peer, endpoint, service, fresh);
  }
}

void hub::forget(const node_id& peer) {
  links_.drop(peer, "forgotten", false);
  sessions_.move_to_gone(peer);
  keys_.forget(peer);
  settled_.give_up(peer);
}

void hub::introduce(const std::string& endpoint, std::string_view service, introduced done) {
  if (!stopped_) {
    introductions_.begin(endpoint, service, std::move(done));
  }
}

void hub::say_goodbye(std::string_view reason) {
  shared_.farewell.emplace(wire::goodbye{std::string{reason}});
  links_.say_goodbye();
  sessions_.say_goodbye();
}

link_end hub::end_of(transport::link_id link) const {
  return sessions_.has(link) ? link_end{sessions_.caller_at(link), false}
                             : link_end{links_.peer_at(link), true};
}

std::vector<link_row> hub::link_rows() const {
  std::vector<link_row> rows;
  links_.add_rows(rows);
  sessions_.add_rows(rows);
  return rows;
}

std::unique_ptr<packet_writer> hub::make_writer(transport::link_id link, ledger::flow& counters) {
  const auto& options = shared_.options;
  return std::make_unique<packet_writer>(shared_.out, link, options.bounds,
                                         options.link_budget_bytes, counters,
                                         [this, link] { mark_dirty(link); });
}

void hub::mark_dirty(transport::link_id link) {
  if (stopped_) {
    return;  // last words, which are flushed at once
  }
  if (dirty_.empty()) {
    shared_.loop.at_turn_end([this] { flush_dirty(); });
  }
  dirty_.push_back(link);
}

void hub::flush_dirty() {
  for (const auto link : std::exchange(dirty_, {})) {
    on_writable(link);
  }
}

void hub::on_writable(transport::link_id link) {
  if (!links_.on_writable(link) && !sessions_.on_writable(link)) {
    introductions_.on_writable(link);
  }
}

void hub::on_packet(transport::link_id from, byte_view packet) {
  if (links_.has(from)) {
    links_.on_packet(from, packet);
  } else if (introductions_.has(from)) {
    introductions_.on_packet(from, packet);
  } else {
    sessions_.on_packet(from, packet);
  }
}

void hub::on_link(transport::link_id link, transport::link_event what, std::string_view detail) {
  std::string why{text_of(what)};
  if (!detail.empty()) {
    why += ": " + std::string{detail};
  }
  if (introductions_.has(link)) {
    introductions_.on_link(link, what, why);
  } else if (links_.has(link)) {
    links_.on_link(link, what, detail, why);
  } else if (events_ != nullptr && !sessions_.has(link)) {
    events_->on_follow_link(link, what, detail);
  }
}

void hub::on_event(transport::link_id publisher, byte_view packet) {
  if (events_ != nullptr) {
    events_->on_event_packet(publisher, packet);
  }
}

void hub::on_subscription(std::string_view topic, bool added) {
  if (subscriptions_ != nullptr) {
    subscriptions_->on_subscription(topic, added);
  }
}

void hub::on_bad_packet(transport::link_id from, std::string_view what) {
  if (links_.has(from)) {
    links_.on_bad_packet(from, what);
  } else if (introductions_.has(from)) {
    introductions_.on_bad_packet(from, std::string{what});
  } else if (events_ == nullptr || !events_->follows(from)) {  // its end is told by itself
    sessions_.on_bad_packet(from, std::string{what});
  }
}

bool hub::may_subscribe(std::string_view key, std::string_view filter) const {
  const auto who = keys_.find(key);
  return who != nullptr && security::may_subscribe(*who, filter);
}

void hub::on_denied(std::string_view key, std::string_view filter) {
  refusals_.say_denied(denial_of_subscription(keys_.find(key).get(), filter, shared_.self));
}

/// Of a caller that is no member: nobody else forgets it.
void hub::close_books_of(const node_id& caller) {
  if (!links_.has(caller)) {
    settled_.give_up(caller);
    shared_.books.close_peer(caller.to_string());
  }
}

void hub::tick() {
  const auto now = shared_.loop.now();
  const auto heartbeat = shared_.options.heartbeat;
  const auto late = now - last_tick_ - heartbeat;
  last_tick_ = now;
  ticker_ = shared_.loop.after(heartbeat, [this] { tick(); });
  if (late >= shared_.options.session_silence - 2 * heartbeat) {
    links_.break_open("this node stood still, and may have been forgotten there");
  }
  links_.ping(now);
  sessions_.hang_up_revoked();
  sessions_.expire(std::max(late, duration{}));
}

}  // namespace kith::peers
