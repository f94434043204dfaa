// SPDX-License-Identifier: MPL-2.0

// The hub's serving half: who dialled us, greeted or not.

#include <algorithm>
#include <utility>

#include "base/endpoint.hpp"
#include "base/utf8.hpp"
#include "peers/description.hpp"
#include "peers/hub_tables.hpp"

namespace kith::peers {
/// The session of that link, begun if need be; null when there are too many.
hub::session* hub::open_session(transport::link_id from) {
  auto found = sessions_.find(from);
  if (found == sessions_.end()) {
    std::string key{keys_ ? out_.key_of(from) : ""};
    const auto of_key = sessions_by_key_.find(key);
    if (sessions_.size() >= options_.max_sessions ||
        (keys_ && of_key != sessions_by_key_.end() &&
         of_key->second >= options_.max_sessions_of_key)) {
      refuse_inbound(flows_of(strangers), from, ledger::drop_reason::table_full);
      out_.close(from);
      return nullptr;
    }
    ++sessions_by_key_[key];
    found = sessions_.try_emplace(from).first;
    found->second.key = std::move(key);
    found->second.flows = flows_of(strangers);
    found->second.writer = make_writer(from, *found->second.flows.out);
  }
  found->second.last_heard = loop_.now();
  return &found->second;
}

void hub::on_session_packet(transport::link_id from, byte_view packet) {
  const auto* const known = open_session(from);
  if (known == nullptr) {
    return;
  }
  if (known->banned) {
    refuse_inbound(known->flows, from, ledger::drop_reason::refused);
    return;
  }
  if (known->ended) {
    refuse_inbound(known->flows, from, ledger::drop_reason::no_session);
    return;
  }
  wire::envelope_reader reader{packet, options_.bounds};
  for (;;) {
    auto next = reader.next();
    if (!next) {
      const auto code = next.error().what();
      ban(from, code, next.error().message, ledger::reason_of(code));
      return;
    }
    if (!next->has_value()) {
      return;
    }
    on_session_envelope(from, **next);
    const auto still = sessions_.find(from);
    if (still == sessions_.end() || still->second.banned || still->second.ended) {
      return;
    }
  }
}

void hub::on_session_envelope(transport::link_id from, const wire::envelope& value) {
  if (const auto* greeting = std::get_if<wire::hello>(&value)) {
    on_hello(from, *greeting);
    return;
  }
  auto& current = sessions_.at(from);
  const auto who = current.who;
  auto& counters = *current.flows.in;
  if (wire::counts(value)) {
    current.inbound.read_one();
  }
  if (who) {
    ++counters.sent;
    ++counters.delivered;
  }
  if (!who) {
    ban(from, errc::not_greeted, "say hello first", ledger::drop_reason::not_greeted);
  } else if (const auto* request = std::get_if<wire::request>(&value)) {
    requests_->on_request(from, who, *request);
  } else if (const auto* which = std::get_if<wire::cancel>(&value)) {
    requests_->on_cancel(from, *which);
  } else if (const auto* more = std::get_if<wire::credit>(&value)) {
    requests_->on_credit(from, *more);
  } else if (const auto* knock = std::get_if<wire::ping>(&value)) {
    on_ping(from, *knock);
  } else if (const auto* farewell = std::get_if<wire::goodbye>(&value)) {
    const std::string by = current.holder ? current.holder->name : std::string{};
    for (auto* watcher : watchers_) {
      watcher->on_goodbye(who->id, farewell->reason, by);
    }
  } else {
    --counters.delivered;
    counters.drop(ledger::drop_reason::unknown_kind);
    out_.count_drops(from, ledger::drop_reason::unknown_kind, 1);
  }
}

std::optional<wire::refuse> hub::objection_to(const wire::hello& value,
                                              const security::known_key* holder) const {
  if (value.version_max < wire::protocol_version_min ||
      value.version_min > wire::protocol_version_max) {
    return wire::refuse{errc::unsupported_version,
                        "this node speaks kith/" + std::to_string(wire::protocol_version_min) +
                            " to kith/" + std::to_string(wire::protocol_version_max) +
                            ", you offer kith/" + std::to_string(value.version_min) + " to kith/" +
                            std::to_string(value.version_max)};
  }
  if (value.self.domain != self_.domain) {
    return wire::refuse{errc::wrong_domain, "this node belongs to the domain " + self_.domain};
  }
  if (!value.expected.is_nil() && value.expected != self_.id) {
    return wire::refuse{errc::stale_incarnation, "the node " + value.expected.to_short_string() +
                                                     " is no longer here; this is " +
                                                     self_.instance + " (" +
                                                     self_.id.to_short_string() + ")"};
  }
  if (value.self.id.is_nil() || value.self.id == self_.id) {
    return wire::refuse{errc::malformed, "a node needs an id of its own"};
  }
  if (keys_ && holder == nullptr) {
    return wire::refuse{errc::permission_denied, std::string{counts_no_more}};
  }
  if (keys_ && !value.self.service.empty() && value.self.service != holder->name) {
    return wire::refuse{errc::permission_denied,
                        "your key stands for " + holder->name + ", not for what your hello says"};
  }
  if (!says_own_id(value.self)) {
    return wire::refuse{errc::permission_denied, std::string{not_its_own_id}};
  }
  if (const auto other = proved_.find(value.self.id);
      holder != nullptr && other != proved_.end() && other->second != holder->name) {
    return wire::refuse{errc::permission_denied, "that id is one of " + other->second +
                                                     ", and your key stands for " + holder->name};
  }
  if (const auto flaw = flaw_in(value.self); !flaw.empty()) {
    return wire::refuse{errc::malformed,
                        "hello." + std::string{flaw} + " is no name or no address"};
  }
  return std::nullopt;
}

void hub::on_hello(transport::link_id from, const wire::hello& value) {
  if (is_own_hello(value)) {
    wire::welcome answer;
    answer.self = self_;
    static_cast<void>(sessions_.at(from).writer->write(answer));
    return;
  }
  const auto holder = kept(keys_ ? keys_->find(out_.key_of(from)) : nullptr);
  if (const auto objection = objection_to(value, holder.get())) {
    ban(from, objection->code, objection->reason, ledger::drop_reason::refused);
    return;
  }
  auto& current = sessions_.at(from);
  if (current.who && current.who->id != value.self.id) {
    ban(from, errc::malformed, "a second hello of another node on one link",
        ledger::drop_reason::malformed);
    return;
  }
  current.who = std::make_shared<const node_description>(value.self);
  current.holder = holder;
  current.flows = flows_of(current.who->id.to_string());
  current.writer->count_in(*current.flows.out);
  ++current.flows.in->sent;
  ++current.flows.in->delivered;
  wire::welcome answer;
  answer.version = std::min(value.version_max, wire::protocol_version_max);
  answer.self = self_;
  open_counts(from, value, answer);
  static_cast<void>(current.writer->write(answer));
  if (farewell_) {
    static_cast<void>(current.writer->write(*farewell_));
  }
  const auto host = out_.observed_host(from);
  auto peer = value.self;
  if (!host.empty()) {
    peer.inbox = dialable(peer.inbox, host);
  }
  for (auto* watcher : watchers_) {
    watcher->on_session_open(peer, host);
  }
}

void hub::move_to_gone(session& s) {
  s.moved = true;
  s.flows = flows_of(ledger::books::gone);
  s.writer->count_in(*s.flows.out);
}

void hub::ban(transport::link_id from, errc code, const std::string& why,
              ledger::drop_reason reason) {
  const auto found = sessions_.find(from);
  if (found == sessions_.end() || found->second.banned) {
    return;
  }
  auto& current = found->second;
  current.banned = true;
  static_cast<void>(
      current.writer->write(wire::refuse{code, clean_text(why, options_.bounds.text_bytes)}));
  const auto peer = current.who;
  const std::string who =
      peer ? peer->instance + " (" + peer->id.to_short_string() + ")" : std::string{"a stranger"};
  say_refused(who + ": " + std::string{name_of(code)} + ": " + why);
  refuse_inbound(current.flows, from, reason);
  if (peer) {
    requests_->on_session_end(from);
  }
}

void hub::say_refused(const std::string& whom_and_why) {
  constexpr duration window = std::chrono::seconds{10};
  if (loop_.now() - refusals_since_ >= window) {
    const auto unsaid = refusals_ - std::min(refusals_, options_.refusals_told);
    if (unsaid > 0) {
      log_.write(log_level::warning, "peers",
                 "refused " + std::to_string(unsaid) + " more; the books count all");
    }
    refusals_since_ = loop_.now();
    refusals_ = 0;
  }
  if (refusals_++ < options_.refusals_told) {
    log_.write(log_level::warning, "peers", "refused " + whom_and_why);
  }
}

void hub::expire_sessions(duration stalled) {
  std::vector<session_id> silent;
  for (auto& [id, s] : sessions_) {
    s.last_heard += stalled;  // we slept, they did not
    if (loop_.now() - s.last_heard >= options_.session_silence) {
      silent.push_back(id);
    }
  }
  for (const auto id : silent) {
    const auto who = sessions_.at(id).who;
    const bool served = who && !sessions_.at(id).banned;
    end_counts(sessions_.at(id));
    if (const auto of_key = sessions_by_key_.find(sessions_.at(id).key); --of_key->second == 0) {
      sessions_by_key_.erase(of_key);
    }
    sessions_.erase(id);
    out_.close(id);
    if (served) {
      requests_->on_session_end(id);
    }
    if (who && !is_kept(who->id)) {
      close_books_of(who->id);
    }
  }
}

bool hub::is_kept(const node_id& caller) const {
  return std::any_of(watchers_.begin(), watchers_.end(),
                     [&](const auto* watcher) { return watcher->keeps(caller); });
}

/// Of a caller that is no member: nobody else forgets it.
void hub::close_books_of(const node_id& caller) {
  const bool again = std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& other) {
    return other.second.who && other.second.who->id == caller;
  });
  if (!again && !links_.contains(caller)) {
    give_up_counts(caller);
    books_.close_peer(caller.to_string());
  }
}

}  // namespace kith::peers
