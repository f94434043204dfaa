// SPDX-License-Identifier: MPL-2.0

// The hub's counts: told on the heartbeat while a link stands, settled when the next one is
// greeted.

#include <utility>

#include "peers/hub_tables.hpp"

namespace kith::peers {

/// Null when there are too many.
hub::settled_links* hub::settled(const node_id& peer) {
  auto found = settled_.find(peer);
  if (found == settled_.end()) {
    if (settled_.size() >= options_.max_counted) {
      return nullptr;
    }
    found = settled_.try_emplace(peer).first;
  }
  if (std::exchange(found->second.forgotten, false)) {
    std::erase(forgotten_, peer);
  }
  return &found->second;
}

std::uint64_t hub::read_before(const node_id& peer) const {
  const auto found = settled_.find(peer);
  return found == settled_.end() ? 0 : found->second.dialled.read();
}

void hub::open_counts(outgoing& link, const wire::welcome& value) {
  auto* const before = value.read ? settled(link.peer) : nullptr;
  if (before == nullptr) {
    return;
  }
  link.number = link.said_number;
  link.writer->expect_counts();
  if (!before->dialled.settle(*value.read)) {
    say_disagreement(link.peer, "it has read more off our earlier links than we sent");
  }
}

/// What still comes of its earlier links is not looked at: both know by now how it ended.
void hub::open_counts(transport::link_id from, const wire::hello& value, wire::welcome& answer) {
  auto& current = sessions_.at(from);
  if (!value.opening || value.opening->link == 0) {
    return;
  }
  auto* const before = settled(value.self.id);
  if (before == nullptr) {
    return;
  }
  if (current.number != 0) {
    answer.read = before->accepted.read();  // it says hello again
    return;
  }
  for (auto& [id, other] : sessions_) {
    const bool same =
        other.who && other.who->id == value.self.id && other.number != 0 &&
        (!keys_ || (other.holder && current.holder && other.holder->name == current.holder->name));
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
  if (!before->accepted.settle(value.opening->read)) {
    say_disagreement(value.self.id, "it has read more off its earlier links than we sent");
  }
  answer.read = before->accepted.read();
}

void hub::take_counts(outgoing& link, const wire::pong& told) {
  if (link.number == 0 || !told.counts) {
    return;
  }
  check_counts(link.peer, *link.flows.in, link.inbound, *link.writer, *told.counts);
  if (told.sequence == 0) {
    link.writer->give_up_unconfirmed();
  }
}

void hub::on_ping(transport::link_id from, const wire::ping& knock) {
  auto& current = sessions_.at(from);
  if (current.number != 0 && knock.counts) {
    check_counts(current.who->id, *current.flows.in, current.inbound, *current.writer,
                 *knock.counts);
    if (knock.sequence == 0) {
      current.writer->give_up_unconfirmed();
      end_counts(current);
      return;
    }
  }
  static_cast<void>(current.writer->write(
      wire::pong{knock.sequence, depth_ ? depth_() : 0,
                 counts_of(current.number, current.inbound, *current.writer)}));
}

void hub::check_counts(const node_id& peer, ledger::flow& in, inbound_count& inbound,
                       packet_writer& writer, const wire::link_counts& told) {
  const auto surplus = inbound.surplus();
  const auto missing = inbound.check(told.sent);
  in.sent += missing;
  in.drop(ledger::drop_reason::lost_on_link, missing);
  if (missing > 0 || inbound.surplus() > surplus) {
    say_disagreement(peer, "it counts " + std::to_string(told.sent) +
                               " envelopes as sent by this link, and " +
                               std::to_string(inbound.read()) + " were read");
  }
  if (!writer.confirm(told.read)) {
    say_disagreement(peer, "it counts " + std::to_string(told.read) +
                               " envelopes as read off this link, and " +
                               std::to_string(writer.counted()) + " were sent");
  }
}

void hub::end_counts(outgoing& link) {
  if (const auto number = std::exchange(link.number, 0); number != 0 && link.writer) {
    settled_[link.peer].dialled.add(
        {link.inbound.read(), link.writer->confirmed(), link.writer->take_unconfirmed()},
        *link.flows.out);
  }
}

void hub::end_counts(session& s) {
  if (s.number != 0 && s.who && !std::exchange(s.ended, true)) {
    const ended_link last{s.inbound.read(), s.writer->confirmed(), s.writer->take_unconfirmed()};
    if (const auto found = settled_.find(s.who->id); found != settled_.end()) {
      found->second.accepted.add(last, *s.flows.out);
    } else {
      s.flows.out->drop(ledger::drop_reason::peer_crashed, last.in_doubt);
    }
  }
}

void hub::say_last_word(outgoing& link) {
  if (link.number != 0 && link.writer && link.machine.phase() == link_phase::open) {
    static_cast<void>(
        link.writer->write(wire::ping{0, 0, counts_of(link.number, link.inbound, *link.writer)}));
    link.writer->flush();
  }
}

void hub::say_last_words() {
  for (auto& [id, link] : links_) {
    say_last_word(*link);
  }
  for (auto& [id, s] : sessions_) {
    if (s.number != 0 && !s.banned && !s.ended) {
      static_cast<void>(
          s.writer->write(wire::pong{0, 0, counts_of(s.number, s.inbound, *s.writer)}));
      s.writer->flush();
    }
  }
}

/// Its line in the books is about to be closed. What is known of it is kept for a while: it may
/// only be out of reach, and what it says when it comes back settles what is unknown now.
void hub::give_up_counts(const node_id& peer) {
  const auto found = settled_.find(peer);
  if (found == settled_.end()) {
    return;
  }
  auto& gone = *flows_of(ledger::books::gone).out;
  for (auto* const of : {&found->second.dialled, &found->second.accepted}) {
    of->count_in(gone);
    of->give_up();
  }
  if (!std::exchange(found->second.forgotten, true)) {
    forgotten_.push_back(peer);
  }
  if (forgotten_.size() > options_.max_remembered) {
    settled_.erase(forgotten_.front());
    forgotten_.pop_front();
  }
}

void hub::say_disagreement(const node_id& peer, const std::string& what) {
  log_.write(log_level::error, "peers",
             "the books of " + peer.to_short_string() + " and ours disagree: " + what);
}

std::uint64_t hub::in_doubt(const node_id& peer) const {
  const auto found = settled_.find(peer);
  return found == settled_.end()
             ? 0
             : found->second.dialled.in_doubt() + found->second.accepted.in_doubt();
}

std::vector<link_row> hub::link_rows() const {
  std::vector<link_row> rows;
  for (const auto& [peer, link] : links_) {
    if (link->writer) {
      rows.push_back({peer, true, false, link->number, link->writer->counted(),
                      link->writer->confirmed(), link->writer->in_flight(), link->inbound,
                      link->link, link->round_trip});
    }
  }
  for (const auto& [id, s] : sessions_) {
    if (s.who) {
      rows.push_back({s.who->id, false, s.moved, s.ended ? 0 : s.number, s.writer->counted(),
                      s.writer->confirmed(), s.writer->in_flight(), s.inbound, id});
    }
  }
  return rows;
}

}  // namespace kith::peers
