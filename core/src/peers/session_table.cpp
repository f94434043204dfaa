// SPDX-License-Identifier: MPL-2.0
#include "peers/session_table.hpp"

#include <algorithm>
#include <utility>

#include "base/endpoint.hpp"
#include "base/utf8.hpp"
#include "peers/greeting.hpp"

namespace kith::peers {

packet_writer* session_table::writer_of(session_id id) {
  const auto found = rows_.find(id);
  const bool usable = found != rows_.end() && !found->second.banned && !found->second.ended;
  return usable ? found->second.writer.get() : nullptr;
}

const node_description* session_table::caller_at(session_id id) const {
  const auto found = rows_.find(id);
  return found == rows_.end() ? nullptr : found->second.who.get();
}

std::shared_ptr<const security::known_key> session_table::limits_of(session_id id) const {
  if (!keys_.certified()) {
    return nullptr;
  }
  const auto found = rows_.find(id);
  return found == rows_.end() || !found->second.holder
             ? std::make_shared<const security::known_key>()
             : found->second.holder;
}

std::string session_table::name_proved(const node_id& caller) const {
  for (const auto& [id, s] : rows_) {
    if (s.who && s.who->id == caller && !s.banned && s.holder) {
      return s.holder->name;
    }
  }
  return {};
}

void session_table::add_rows(std::vector<link_row>& to) const {
  for (const auto& [id, s] : rows_) {
    if (s.who) {
      to.push_back({s.who->id, false, s.moved, s.ended ? 0 : s.number, s.writer->counted(),
                    s.writer->confirmed(), s.writer->in_flight(), s.inbound, id});
    }
  }
}

/// The session of that link, begun if need be; null when there are too many.
session_table::session* session_table::open(session_id from) {
  auto found = rows_.find(from);
  if (found == rows_.end()) {
    std::string key{keys_.any() ? shared_.out.key_of(from) : ""};
    const auto of_key = by_key_.find(key);
    if (rows_.size() >= shared_.options.max_sessions ||
        (keys_.any() && of_key != by_key_.end() &&
         of_key->second >= shared_.options.max_sessions_of_key)) {
      refuse_inbound(shared_.out, flows_of(shared_.books, strangers), from,
                     ledger::drop_reason::table_full);
      shared_.out.close(from);
      return nullptr;
    }
    ++by_key_[key];
    found = rows_.try_emplace(from).first;
    found->second.key = std::move(key);
    found->second.flows = flows_of(shared_.books, strangers);
    found->second.writer = shared_.make_writer(from, *found->second.flows.out);
  }
  found->second.last_heard = shared_.loop.now();
  return &found->second;
}

void session_table::on_packet(session_id from, byte_view packet) {
  const auto* const known = open(from);
  if (known == nullptr) {
    return;
  }
  if (known->banned) {
    refuse_inbound(shared_.out, known->flows, from, ledger::drop_reason::refused);
    return;
  }
  if (known->ended) {
    refuse_inbound(shared_.out, known->flows, from, ledger::drop_reason::no_session);
    return;
  }
  wire::envelope_reader reader{packet, shared_.options.bounds};
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
    on_envelope(from, **next);
    const auto still = rows_.find(from);
    if (still == rows_.end() || still->second.banned || still->second.ended) {
      return;
    }
  }
}

void session_table::on_bad_packet(session_id from, const std::string& why) {
  if (open(from) != nullptr) {
    ban(from, errc::malformed, why, ledger::drop_reason::malformed);
  }
}

bool session_table::on_writable(session_id id) {
  const auto found = rows_.find(id);
  if (found == rows_.end() || !found->second.writer) {
    return false;
  }
  found->second.writer->flush();
  shared_.requests->on_room(id);
  return true;
}

void session_table::on_envelope(session_id from, const wire::envelope& value) {
  if (const auto* greeting = std::get_if<wire::hello>(&value)) {
    on_hello(from, *greeting);
    return;
  }
  auto& current = rows_.at(from);
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
    shared_.requests->on_request(from, who, *request);
  } else if (const auto* which = std::get_if<wire::cancel>(&value)) {
    shared_.requests->on_cancel(from, *which);
  } else if (const auto* more = std::get_if<wire::credit>(&value)) {
    shared_.requests->on_credit(from, *more);
  } else if (const auto* knock = std::get_if<wire::ping>(&value)) {
    on_ping(from, *knock);
  } else if (const auto* farewell = std::get_if<wire::goodbye>(&value)) {
    const std::string by = current.holder ? current.holder->name : std::string{};
    for (auto* watcher : shared_.watchers) {
      watcher->on_goodbye(who->id, farewell->reason, by);
    }
  } else {
    --counters.delivered;
    counters.drop(ledger::drop_reason::unknown_kind);
    shared_.out.count_drops(from, ledger::drop_reason::unknown_kind, 1);
  }
}

void session_table::on_hello(session_id from, const wire::hello& value) {
  if (own_greetings_.is_own_hello(value)) {
    wire::welcome answer;
    answer.self = shared_.self;
    static_cast<void>(rows_.at(from).writer->write(answer));
    return;
  }
  const auto holder = keys_.any() ? keys_.find(shared_.out.key_of(from)) : nullptr;
  if (const auto objection = objection_to(
          value, shared_.self,
          {keys_.any(), holder.get(), keys_.name_proved(value.self.id), keys_.certified()})) {
    ban(from, objection->code, objection->reason, ledger::drop_reason::refused);
    return;
  }
  auto& current = rows_.at(from);
  if (current.who && current.who->id != value.self.id) {
    ban(from, errc::malformed, "a second hello of another node on one link",
        ledger::drop_reason::malformed);
    return;
  }
  current.who = std::make_shared<const node_description>(value.self);
  current.holder = holder;
  current.flows = flows_of(shared_.books, current.who->id.to_string());
  current.writer->count_in(*current.flows.out);
  ++current.flows.in->sent;
  ++current.flows.in->delivered;
  wire::welcome answer;
  answer.version = std::min(value.version_max, wire::protocol_version_max);
  answer.self = shared_.self;
  open_counts(from, value, answer);
  static_cast<void>(current.writer->write(answer));
  if (shared_.farewell) {
    static_cast<void>(current.writer->write(*shared_.farewell));
  }
  const auto host = shared_.out.observed_host(from);
  auto peer = value.self;
  if (!host.empty()) {
    peer.inbox = dialable(peer.inbox, host);
  }
  for (auto* watcher : shared_.watchers) {
    watcher->on_session_open(peer, host);
  }
}

void session_table::on_ping(session_id from, const wire::ping& knock) {
  auto& current = rows_.at(from);
  if (current.number != 0 && knock.counts) {
    settled_.check(current.who->id, *current.flows.in, current.inbound, *current.writer,
                   *knock.counts);
    if (knock.sequence == 0) {
      current.writer->give_up_unconfirmed();
      end_counts(current);
      return;
    }
  }
  static_cast<void>(current.writer->write(
      wire::pong{knock.sequence, shared_.queue_depth(),
                 counts_of(current.number, current.inbound, *current.writer)}));
}

/// What still comes of its earlier links is not looked at: both know by now how it ended.
void session_table::open_counts(session_id from, const wire::hello& value, wire::welcome& answer) {
  auto& current = rows_.at(from);
  if (!value.opening || value.opening->link == 0) {
    return;
  }
  auto* const before = settled_.accepted(value.self.id);
  if (before == nullptr) {
    return;
  }
  if (current.number != 0) {
    answer.read = before->read();  // it says hello again
    return;
  }
  for (auto& [id, other] : rows_) {
    const bool same = other.who && other.who->id == value.self.id && other.number != 0 &&
                      (!keys_.any() || (other.holder && current.holder &&
                                        other.holder->name == current.holder->name));
    if (same && other.number < value.opening->link) {
      end_counts(other);
    } else if (same && other.number > value.opening->link) {
      current.ended = true;  // its hello was overtaken
    }
  }
  current.number = value.opening->link;
  if (current.ended) {
    return;
  }
  current.writer->expect_counts();
  if (!before->settle(value.opening->read)) {
    settled_.say_disagreement(value.self.id, "it has read more off its earlier links than we sent");
  }
  answer.read = before->read();
}

/// What this turn has written for it would be sent after the count.
void session_table::end_counts(session& s) {
  if (s.number != 0 && s.who && !std::exchange(s.ended, true)) {
    s.writer->give_up_untaken();
    settled_.end_accepted(s.who->id,
                          {s.inbound.read(), s.writer->confirmed(), s.writer->take_unconfirmed()},
                          *s.flows.out);
  }
}

void session_table::ban(session_id from, errc code, const std::string& why,
                        ledger::drop_reason reason) {
  const auto found = rows_.find(from);
  if (found == rows_.end() || found->second.banned) {
    return;
  }
  auto& current = found->second;
  current.banned = true;
  static_cast<void>(current.writer->write(
      wire::refuse{code, clean_text(why, shared_.options.bounds.text_bytes)}));
  const auto peer = current.who;
  const std::string who =
      peer ? peer->instance + " (" + peer->id.to_short_string() + ")" : std::string{"a stranger"};
  refusals_.say_refused(who + ": " + std::string{name_of(code)} + ": " + why);
  refuse_inbound(shared_.out, current.flows, from, reason);
  if (peer) {
    shared_.requests->on_session_end(from);
  }
}

void session_table::check_keys() {
  std::vector<session_id> ended;
  for (auto& [id, s] : rows_) {
    s.holder = keys_.find(shared_.out.key_of(id));
    if (s.holder == nullptr && s.who && !s.banned && !s.ended) {
      ended.push_back(id);
    }
  }
  for (const auto id : ended) {
    ban(id, errc::permission_denied, std::string{counts_no_more}, ledger::drop_reason::refused);
    rows_.at(id).revoked = true;
  }
}

void session_table::hang_up_revoked() {
  for (auto& [id, s] : rows_) {
    if (std::exchange(s.revoked, false)) {
      shared_.out.hang_up(id);
    }
  }
}

void session_table::end_foreign(const node_id& peer, const std::string& name) {
  std::vector<session_id> foreign;
  for (const auto& [id, s] : rows_) {
    if (s.who && s.who->id == peer && s.holder && s.holder->name != name) {
      foreign.push_back(id);
    }
  }
  for (const auto id : foreign) {
    ban(id, errc::permission_denied, "that id is of another node", ledger::drop_reason::refused);
  }
}

void session_table::move_to_gone(const node_id& caller) {
  for (auto& [id, s] : rows_) {
    if (s.who && s.who->id == caller) {
      s.moved = true;
      s.flows = flows_of(shared_.books, ledger::books::gone);
      s.writer->count_in(*s.flows.out);
    }
  }
}

void session_table::expire(duration stalled) {
  std::vector<session_id> silent;
  for (auto& [id, s] : rows_) {
    s.last_heard += stalled;  // we slept, they did not
    if (shared_.loop.now() - s.last_heard >= shared_.options.session_silence) {
      silent.push_back(id);
    }
  }
  for (const auto id : silent) {
    end(id);
  }
}

void session_table::end(session_id id) {
  auto& silent = rows_.at(id);
  const auto who = silent.who;
  const bool served = who && !silent.banned;
  end_counts(silent);
  if (const auto of_key = by_key_.find(silent.key); --of_key->second == 0) {
    by_key_.erase(of_key);
  }
  rows_.erase(id);
  shared_.out.close(id);
  if (served) {
    shared_.requests->on_session_end(id);
  }
  if (who && !is_kept(who->id) && !is_here(who->id)) {
    on_gone_(who->id);
  }
}

bool session_table::is_kept(const node_id& caller) const {
  return std::any_of(shared_.watchers.begin(), shared_.watchers.end(),
                     [&](const auto* watcher) { return watcher->keeps(caller); });
}

bool session_table::is_here(const node_id& caller) const {
  return std::any_of(rows_.begin(), rows_.end(), [&](const auto& other) {
    return other.second.who && other.second.who->id == caller;
  });
}

void session_table::say_goodbye() {
  for (auto& [id, s] : rows_) {
    if (s.who && !s.banned && !s.ended) {
      static_cast<void>(s.writer->write(*shared_.farewell));
    }
  }
}

void session_table::say_last_words() {
  for (auto& [id, s] : rows_) {
    if (s.number != 0 && !s.banned && !s.ended) {
      static_cast<void>(
          s.writer->write(wire::pong{0, 0, counts_of(s.number, s.inbound, *s.writer)}));
      s.writer->flush();
    }
  }
}

}  // namespace kith::peers
