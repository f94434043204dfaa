// SPDX-License-Identifier: MPL-2.0
#include "rpc/pending_calls.hpp"

#include <utility>

#include "rpc/retry_rule.hpp"

namespace kith::rpc {
namespace {

ledger::drop_reason reason_of(const error& why) noexcept {
  switch (why.what()) {
    case errc::deadline_exceeded: return ledger::drop_reason::deadline_passed;
    case errc::cancelled: return ledger::drop_reason::cancelled;
    case errc::queue_full: return ledger::drop_reason::queue_full;
    case errc::shutting_down: return ledger::drop_reason::shutting_down;
    case errc::peer_lost: return ledger::drop_reason::peer_lost;
    default: return ledger::drop_reason::unroutable;
  }
}

}  // namespace

void pending_call::note_failure(const node_id& peer, const error& why) {
  if (is_moved(why) && why.what() != errc::shutting_down) {
    // The link broke, not the peer: it may be asked again when there is a new one.
    std::erase(failed, peer);
  } else {
    failed.push_back(peer);
  }
  uncertain = uncertain || why.outcome == outcome::outcome_unknown;
}

error pending_call::unanswered(outcome what) const {
  const auto name = call.service.empty() ? call.method : call.service + ": " + call.method;
  return {errc::deadline_exceeded, name + " had no answer in time", what};
}

void pending_call::count_begin(const route& to) noexcept {
  counters = to.counters;
  times = to.times;
  ++counters->sent;
  counters->sent_bytes += call.body.size();
}

void pending_call::count_reply(std::size_t octets, time_point now) noexcept {
  if (call.window == 0) {
    ++counters->delivered;
    counters->delivered_bytes += octets;
  }  // else it goes on
  count_time(now);
}

void pending_call::count_failure(const error& why, bool told_by_peer, time_point now) {
  if (told_by_peer) {
    ++counters->delivered;
  } else {
    counters->drop(reason_of(why));
  }
  times->add_failure(why.what());
  if (why.what() != errc::cancelled) {
    count_time(now);
  }
}

void pending_call::count_time(time_point now) const noexcept {
  if (!call.traits.waits) {
    times->took.add(now - began);
  }
}

detail::raw_completion pending_call::take() {
  id = 0;
  call.body = {};
  failed.clear();
  last.reset();
  notes.reset();
  when.repeat_at.reset();
  when.hedge_at.reset();
  attempts = 0;
  hedged = uncertain = false;
  return std::exchange(done, {});
}

void pending_calls::make_row(std::uint64_t id) {
  while (calls_.size() <= call_table::row_of(id)) {
    calls_.emplace_back();
  }
}

}  // namespace kith::rpc
