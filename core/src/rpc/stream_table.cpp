// SPDX-License-Identifier: MPL-2.0
#include "rpc/stream_table.hpp"

#include <algorithm>
#include <utility>

#include "rpc/wire_values.hpp"

namespace kith::rpc {

stream_reader::~stream_reader() {
  if (all_ != nullptr) {
    all_->abandon(*this);
  }
  if (done_) {
    std::exchange(done_, {})(fail(errc::cancelled, name_ + ": the stream was given up"));
  }
}

void stream_reader::next(completion done) {
  if (done_) {
    done(fail(errc::failed_precondition, name_ + ": somebody waits for the next item already"));
  } else if (!waiting_.empty()) {
    const auto item = std::move(waiting_.front());
    waiting_.pop_front();
    count_taken(item.size());
    done(std::optional<std::string_view>{item});
  } else if (ended_) {
    done(last_word());
  } else {
    done_ = std::move(done);
  }
}

void stream_reader::stop_waiting() {
  if (done_) {
    std::exchange(done_, {})(fail(errc::cancelled, "the waiting was cancelled"));
  }
}

/// It has credit.
void stream_reader::take_in(std::string_view body) {
  if (!done_) {
    waiting_.emplace_back(body);
    return;
  }
  count_taken(body.size());
  std::exchange(done_, {})(std::optional{body});
}

void stream_reader::count_taken(std::size_t octets) {
  ++items_.delivered;
  items_.delivered_bytes += octets;
  window_.consume();
  if (!ended_) {
    all_->send_credit(*this);
  }
}

void stream_reader::end(std::optional<error> why) {
  ended_ = true;
  why_ = std::move(why);
  if (all_ != nullptr) {
    all_->remove(*this);
  }
  if (done_) {
    std::exchange(done_, {})(last_word());
  }
}

result<std::optional<std::string_view>> stream_reader::last_word() const {
  return why_ ? result<std::optional<std::string_view>>{tl::make_unexpected(*why_)}
              : std::optional<std::string_view>{};
}

void stream_reader::drop_waiting(ledger::drop_reason reason) {
  items_.drop(reason, waiting_.size());
  waiting_.clear();
}

stream_table::~stream_table() {
  for (auto* const reader : std::exchange(readers_, {})) {
    reader->drop_waiting(ledger::drop_reason::shutting_down);
    reader->all_ = nullptr;
    if (!reader->ended_) {
      reader->end(error{errc::shutting_down, "the node has ended"});
    }
  }
}

std::unique_ptr<stream_reader> stream_table::make(const detail::raw_call& call) {
  auto made = std::make_unique<stream_reader>(
      *this, call, books_.open(ledger::scope::method, ledger::direction::outbound, call.method),
      books_.open(ledger::scope::stream, ledger::direction::inbound, call.method));
  readers_.insert(made.get());
  return made;
}

void stream_table::add(stream_reader& reader, std::uint64_t id) {
  reader.id_ = id;
  by_id_[id] = &reader;
}

void stream_table::begin(std::uint64_t id, const node_id& peer) {
  by_id_.at(id)->peer_ = peer;
  ++by_peer_[peer];
}

error stream_table::full() {
  return {errc::queue_full, std::to_string(most) + " streams are open already"};
}

std::size_t stream_table::count(const node_id& peer) const {
  const auto found = by_peer_.find(peer);
  return found == by_peer_.end() ? 0 : found->second;
}

stream_reader* stream_table::find(std::uint64_t id, const node_id& peer) const {
  const auto found = by_id_.find(id);
  return found != by_id_.end() && found->second->peer_ == peer ? found->second : nullptr;
}

std::vector<std::uint64_t> stream_table::all_of(const node_id& peer) const {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, reader] : by_id_) {
    if (reader->peer_ == peer) {
      ids.push_back(id);
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool stream_table::on_item(const node_id& peer, const wire::item& one) {
  auto* const reader = find(one.id, peer);
  if (reader == nullptr) {
    return false;
  }
  const auto body = one.body;
  ++reader->items_.sent;
  reader->items_.sent_bytes += body.size();
  if (reader->window_.receive()) {
    reader->take_in(body);
    return true;
  }
  reader->items_.drop(ledger::drop_reason::malformed);
  send_cancel(peer, one.id);
  cut(one.id, ledger::drop_reason::malformed,
      {errc::malformed, reader->name_ + ": the server sent an item beyond its credit",
       outcome::outcome_unknown});
  return true;
}

bool stream_table::on_reply(const node_id& peer, const wire::reply& answer) {
  auto* const reader = find(answer.id, peer);
  if (reader == nullptr) {
    return false;
  }
  ++reader->calls_.delivered;
  if (answer.body.empty()) {
    reader->end(std::nullopt);
  } else {
    reader->end(error{errc::bad_payload, reader->name_ + " answered with one reply: it streams not",
                      outcome::answered});
  }
  return true;
}

bool stream_table::on_error(const node_id& peer, const wire::error_reply& answer) {
  auto* const reader = find(answer.id, peer);
  if (reader == nullptr) {
    return false;
  }
  ++reader->calls_.delivered;
  reader->end(error_in(answer));
  return true;
}

/// Ends one that has begun, with no word from its peer.
void stream_table::cut(std::uint64_t id, ledger::drop_reason reason, error why) {
  if (const auto found = by_id_.find(id); found != by_id_.end()) {
    found->second->calls_.drop(reason);
    found->second->end(std::move(why));
  }
}

void stream_table::lose(const node_id& peer, std::string_view why) {
  cancels_.erase(peer);
  credits_.erase(peer);
  if (count(peer) == 0) {
    return;
  }
  for (const auto id : all_of(peer)) {
    cut(id, ledger::drop_reason::peer_lost,
        {errc::peer_lost, "the link to " + peer.to_short_string() + " broke: " + std::string{why},
         outcome::outcome_unknown});
  }
}

void stream_table::stop() {
  std::vector<std::pair<std::uint64_t, node_id>> begun;
  for (const auto& [id, reader] : by_id_) {
    if (reader->peer_) {
      begun.emplace_back(id, *reader->peer_);
    }
  }
  std::sort(begun.begin(), begun.end());
  for (const auto& [id, peer] : begun) {
    if (has(id)) {
      send_cancel(peer, id);
      cut(id, ledger::drop_reason::shutting_down,
          {errc::shutting_down, "this node is stopping", outcome::outcome_unknown});
    }
  }
}

/// It has ended, and its owner has it still.
void stream_table::remove(stream_reader& reader) {
  by_id_.erase(reader.id_);
  if (reader.peer_) {
    const auto found = by_peer_.find(*reader.peer_);
    if (--found->second == 0) {
      by_peer_.erase(found);
    }
    reader.peer_.reset();
  }
}

/// Its owner drops it.
void stream_table::abandon(stream_reader& reader) {
  reader.drop_waiting(ledger::drop_reason::cancelled);
  if (const auto peer = reader.peer_; peer) {
    send_cancel(*peer, reader.id_);
    reader.calls_.drop(ledger::drop_reason::cancelled);
    reader.ended_ = true;
    remove(reader);
  } else if (!reader.ended_) {
    give_up_(reader.id_);
  }
  readers_.erase(&reader);
}

void stream_table::send_cancel(const node_id& peer, std::uint64_t id) {
  auto* const out = hub_.writer_to(peer);
  if (out == nullptr) {
    return;  // a peer that leaves ends its streams, and one that is lost has none
  }
  if (out->is_full(0)) {
    cancels_[peer].push_back(id);
  } else {
    static_cast<void>(out->write(wire::cancel{id}));
  }
}

void stream_table::send_credit(stream_reader& reader) {
  const auto count = reader.window_.due();
  if (count == 0 || reader.credit_waits_) {
    return;
  }
  auto* const out = hub_.writer_to(*reader.peer_);
  if (out == nullptr) {
    return;  // likewise
  }
  if (out->is_full(0)) {
    reader.credit_waits_ = true;
    credits_[*reader.peer_].push_back(reader.id_);
  } else {
    static_cast<void>(out->write(wire::credit{reader.id_, count}));
    reader.window_.granted();
  }
}

void stream_table::on_room(const node_id& peer) {
  if (cancels_.empty() && credits_.empty()) {
    return;
  }
  if (auto node = cancels_.extract(peer)) {
    for (const auto id : node.mapped()) {
      send_cancel(peer, id);
    }
  }
  if (auto node = credits_.extract(peer)) {
    for (const auto id : node.mapped()) {
      if (auto* const reader = find(id, peer); reader != nullptr) {
        reader->credit_waits_ = false;
        send_credit(*reader);
      }
    }
  }
}

}  // namespace kith::rpc
