// SPDX-License-Identifier: MPL-2.0
#include "rpc/serving_times.hpp"

namespace kith::rpc {

void serving_times::tell_span(const registered_method& which, const call_context& context,
                              duration took, errc failed) const {
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

}  // namespace kith::rpc
