// SPDX-License-Identifier: MPL-2.0

// What the server measures: for the node's histograms, and for callers who ask where the time goes.

#include "rpc/server.hpp"

namespace kith::rpc {

/// A coroutine that never waited ends in the turn in which it began.
duration server::span_since(time_point began) const noexcept {
  return (loop_.now() == began ? loop_.clock() : loop_.now()) - began;
}

/// In the handler; of what has its end there.
void server::count_time(const running_call& call) {
  if (call.which->items == nullptr && !call.which->method.waits) {
    methods_.times_of(*call.which).took.add(span_since(call.began));
  }
}

/// The handler is still at work, and nobody waits for it any more.
void server::count_overdue(const call_key& at) {
  if (const auto found = running_.find(at); found != running_.end()) {
    auto& call = *found->second;
    methods_.times_of(*call.which).add_failure(errc::deadline_exceeded);
    count_time(call);
  }
}

void server::tell_span(const registered_method& which, const call_context& context, duration took,
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

void server::begin_time(const call_key& at) {
  if (timed_.any()) {
    timed_.begin(at, loop_.clock());
  }
}

}  // namespace kith::rpc
