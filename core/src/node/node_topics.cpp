// SPDX-License-Identifier: MPL-2.0
#include "node/node_topics.hpp"

#include <utility>

#include "base/reserved_names.hpp"
#include "base/tracestate.hpp"

namespace kith::detail {

std::uint64_t node_topics::subscribe(events::filter what, raw_event_handler handler,
                                     unique_function<void(const event_gap&)> on_gap) {
  return listener_.subscribe(
      std::move(what),
      [this, handler = std::move(handler)](const event_info& info, std::string_view body) mutable {
        if (info.traceparent.empty() && info.tracestate.empty()) {
          const trace_scope around{{}};
          handler(info, body);
          return;
        }
        const auto state = tracestate_of(info.tracestate);
        const trace_scope around{tracer_.enter(info.traceparent, state, loop_.now())};
        auto told = info;
        told.tracestate = state;
        handler(told, body);
      },
      std::move(on_gap));
}

result<std::uint64_t> node_topics::publish(std::string_view topic, std::string_view body,
                                           std::string_view traceparent,
                                           std::string_view tracestate) {
  if (phase_ != node_phase::running && phase_ != node_phase::draining) {
    return fail(errc::shutting_down, "the node is not running");
  }
  if (is_reserved(topic)) {
    return outlet_.publish(topic, body, {std::string{traceparent}, {}});
  }
  ledger::trace_headers headers{std::string{traceparent}, std::string{tracestate}};
  tracer_.begin(headers, loop_.now());
  return outlet_.publish(topic, body, headers);
}

}  // namespace kith::detail
