// SPDX-License-Identifier: MPL-2.0
#include "rpc/attempts.hpp"

#include "base/failpoint.hpp"
#include "rpc/wire_values.hpp"

namespace kith::rpc {

using resilience::verdict;

std::uint64_t attempts::begin() {
  const auto number = table_.begin();
  while (rows_.size() <= call_table::row_of(number)) {
    rows_.emplace_back();
  }
  return number;
}

void attempts::start(std::uint64_t which, const pending_call& p, const candidate& to,
                     call_notes::number note) {
  auto& one = of(which);
  one = {which, p.id, to.peer->id, to.record, to.breaker, {}, loop_.now(), note};
  if (to.record != nullptr) {
    ++to.record->outstanding;
    ++to.record->attempts;
    one.permit = to.breaker->try_acquire(loop_.now());
  }
}

result<void> attempts::write(std::uint64_t which, pending_call& p, const node_description& peer) {
  auto* const out = hub_.writer_to(peer.id);
  if (out == nullptr) {
    return fail(errc::peer_lost, "the link to " + peer.instance + " is not open");
  }
  wire::request request;
  request.id = which;
  request.target = peer.incarnation;
  request.time_left_ms = whole_milliseconds(p.when.deadline - loop_.now());
  request.method = p.call.method;
  request.traceparent = p.call.traceparent;
  request.tracestate = p.call.tracestate;
  if ((p.attempts > 1 || which != p.id) && p.call.idempotency_key.empty()) {
    p.call.idempotency_key = hub_.self().id.to_string() + "-" + std::to_string(p.id);
  }
  request.idempotency_key = p.call.idempotency_key;
  request.times = p.notes != nullptr;  // somebody asked, or an attempt was in vain
  request.window = p.call.window;
  auto position = out->write(request, p.call.body);
  pass_failpoint("call.written", p.call.method);
  if (!position) {
    return tl::make_unexpected(std::move(position.error()));
  }
  table_.written(which, peer.id, *position);
  return {};
}

void attempts::cancel(std::uint64_t which, const pending_call& p) {
  const auto at = table_.where(which);
  if (at && p.call.window > 0) {
    streams_.send_cancel(at->peer, which);
  } else if (at) {
    if (auto* const out = hub_.writer_to(at->peer); out != nullptr) {
      static_cast<void>(out->write(wire::cancel{which}));
    }
  }
}

void attempts::settle(std::uint64_t which, pending_call& p, verdict what) {
  auto& one = of(which);
  one.id = 0;
  if (one.record == nullptr) {
    return;
  }
  const auto now = loop_.now();
  const auto took = now - one.sent;
  --one.record->outstanding;
  if (one.permit) {
    const auto counted = p.call.traits.waits ? duration{} : took;
    one.breaker->record(*one.permit, what, counted, now, loop_.random());
  }
  if (what == verdict::failure) {
    ++one.record->failures;
    one.record->load.observe_failure(took, p.when.deadline - one.sent, now);
  } else if (p.call.traits.waits) {
    // It says nothing.
  } else if (what != verdict::success) {
    one.record->load.observe_at_least(took, now);
  } else {
    one.record->load.observe(took, now);
    one.record->add_time(took);
    if (hedging_ && p.call.traits.idempotent) {
      chooser_.route_of(p.call, p.way).latencies.add(took);
    }
  }
  chooser_.on_verdict(one.peer, *one.record, what);
  if (one.record->forgotten) {
    chooser_.forget(one.peer);  // now, when this was the last of its attempts
  }
}

void attempts::blame_load(const attempt& one, const pending_call& p) {
  if (one.record != nullptr) {
    // Who refuses quickly shall not look quick.
    one.record->load.observe_failure(loop_.now() - one.sent, p.when.deadline - one.sent,
                                     loop_.now());
  }
}

}  // namespace kith::rpc
