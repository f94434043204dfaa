// SPDX-License-Identifier: MPL-2.0

// What the server measures: for the node's histograms, and for callers who ask where the time goes.

#include <algorithm>
#include <chrono>

#include "rpc/server.hpp"

namespace kith::rpc {
namespace {

std::uint64_t microseconds(duration d) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::max(d, duration{})).count());
}

}  // namespace

ledger::call_times& server::times_of(registered& which) {
  if (which.times == nullptr) {
    which.times = &books_.times().open(ledger::direction::inbound, which.method.schema.name);
  }
  return *which.times;
}

/// A coroutine that never waited ends in the turn in which it began.
duration server::span_since(time_point began) const noexcept {
  return (loop_.now() == began ? loop_.clock() : loop_.now()) - began;
}

/// In the handler; of what has its end there.
void server::count_time(const running_call& call) {
  if (call.which->items == nullptr && !call.which->method.waits) {
    times_of(*call.which).took.add(span_since(call.began));
  }
}

/// The handler is still at work, and nobody waits for it any more.
void server::count_overdue(const key& at) {
  if (const auto found = running_.find(at); found != running_.end()) {
    auto& call = *found->second;
    times_of(*call.which).add_failure(errc::deadline_exceeded);
    count_time(call);
  }
}

void server::tell_span(const registered& which, const call_context& context, duration took,
                       errc failed) const {
  if (!is_told(context)) {
    return;
  }
  const auto caller = trace_context::from_string(context.traceparent());
  tracer_.teller()->on_span({ledger::ended_span::sort::served,
                             which.method.schema.name,
                             {},
                             context.caller().instance,
                             context.trace(),
                             caller ? caller->span : decltype(caller->span){},
                             took,
                             failed});
}

void server::begin_time(const key& at) {
  if (!timed_.empty()) {
    if (const auto found = timed_.find(at); found != timed_.end()) {
      found->second.began = loop_.clock();
    }
  }
}

/// Of a call that is answered now, when its caller has asked for them.
std::optional<wire::reply_times> server::take_times(const key& at) {
  if (timed_.empty()) {
    return std::nullopt;
  }
  const auto node = timed_.extract(at);
  if (node.empty()) {
    return std::nullopt;
  }
  const auto now = loop_.clock();
  const auto [came, began] = node.mapped();
  const auto begun = began == time_point{} ? now : began;
  return wire::reply_times{microseconds(begun - came), microseconds(now - begun)};
}

}  // namespace kith::rpc
