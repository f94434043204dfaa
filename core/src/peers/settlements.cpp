// SPDX-License-Identifier: MPL-2.0
#include "peers/settlements.hpp"

#include <utility>

#include "peers/peer_flows.hpp"

namespace kith::peers {

settlements::of_peer* settlements::find_or_add(const node_id& peer) {
  auto found = peers_.find(peer);
  if (found == peers_.end()) {
    if (peers_.size() >= max_counted_) {
      return nullptr;
    }
    found = peers_.try_emplace(peer).first;
  }
  if (std::exchange(found->second.forgotten, false)) {
    std::erase(forgotten_, peer);
  }
  return &found->second;
}

settlement* settlements::dialled(const node_id& peer) {
  auto* const found = find_or_add(peer);
  return found == nullptr ? nullptr : &found->dialled;
}

settlement* settlements::accepted(const node_id& peer) {
  auto* const found = find_or_add(peer);
  return found == nullptr ? nullptr : &found->accepted;
}

std::uint64_t settlements::read_before(const node_id& peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? 0 : found->second.dialled.read();
}

void settlements::end_dialled(const node_id& peer, const ended_link& last, ledger::flow& out) {
  if (const auto found = peers_.find(peer); found != peers_.end()) {
    found->second.dialled.add(last, out);
  } else {
    out.drop(ledger::drop_reason::peer_crashed, last.in_doubt);
  }
}

void settlements::end_accepted(const node_id& peer, const ended_link& last, ledger::flow& out) {
  if (const auto found = peers_.find(peer); found != peers_.end()) {
    found->second.accepted.add(last, out);
  } else {
    out.drop(ledger::drop_reason::peer_crashed, last.in_doubt);
  }
}

void settlements::check(const node_id& peer, ledger::flow& in, inbound_count& inbound,
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

void settlements::give_up(const node_id& peer) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) {
    return;
  }
  auto& gone = *flows_of(books_, ledger::books::gone).out;
  for (auto* const of : {&found->second.dialled, &found->second.accepted}) {
    of->count_in(gone);
    of->give_up();
  }
  if (!std::exchange(found->second.forgotten, true)) {
    forgotten_.push_back(peer);
  }
  if (forgotten_.size() > max_remembered_) {
    peers_.erase(forgotten_.front());
    forgotten_.pop_front();
  }
}

void settlements::say_disagreement(const node_id& peer, const std::string& what) {
  log_.write(log_level::error, "peers",
             "the books of " + peer.to_short_string() + " and ours disagree: " + what);
}

std::uint64_t settlements::in_doubt(const node_id& peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end()
             ? 0
             : found->second.dialled.in_doubt() + found->second.accepted.in_doubt();
}

}  // namespace kith::peers
