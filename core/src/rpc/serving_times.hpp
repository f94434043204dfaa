// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a server measures of the calls it serves: for the node's histograms, for callers who ask
// where the time goes, and for who collects spans.

#include <cstdint>

#include <kith/call.hpp>

#include "ledger/tracer.hpp"
#include "rpc/asked_times.hpp"
#include "rpc/call_key.hpp"
#include "rpc/served_methods.hpp"
#include "rpc/turn_sample.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

class serving_times {
 public:
  serving_times(runtime::loop& loop, served_methods& methods, ledger::tracer& tracer)
      : loop_{loop}, methods_{methods}, tracer_{tracer} {}

  /// Of the callers who ask.
  [[nodiscard]] asked_times& asked() noexcept { return asked_; }
  void begin(const call_key& at) {
    if (asked_.any()) {
      asked_.begin(at, loop_.clock());
    }
  }
  /// For how many plain calls the next one stands; 0: it is not timed.
  [[nodiscard]] std::uint64_t sample() noexcept { return sample_.next(loop_.now()); }
  [[nodiscard]] bool is_told(const call_context& context) const noexcept {
    return context.trace().sampled && tracer_.teller() != nullptr;
  }
  void tell_span(const registered_method& which, const call_context& context, duration took,
                 errc failed) const;
  /// As long as it took since then, within one turn or not: a coroutine that never waited ends in
  /// the turn in which it began.
  [[nodiscard]] duration since(time_point began) const noexcept {
    return (loop_.now() == began ? loop_.clock() : loop_.now()) - began;
  }
  /// In the handler, of a coroutine; of what has its end there.
  void count(registered_method& which, time_point began) {
    if (which.items == nullptr && !which.method.waits) {
      methods_.times_of(which).took.add(since(began));
    }
  }
  /// The handler is still at work, and nobody waits for it any more.
  void count_overdue(registered_method& which, time_point began) {
    methods_.times_of(which).add_failure(errc::deadline_exceeded);
    count(which, began);
  }

 private:
  runtime::loop& loop_;
  served_methods& methods_;
  ledger::tracer& tracer_;
  asked_times asked_;
  turn_sample sample_;
};

}  // namespace kith::rpc
