// SPDX-License-Identifier: MPL-2.0
#pragma once

// One trace, put together from what the recorders of all nodes have of it. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kith/tap/recording.hpp"

namespace kith::tool {

/// One call or event of a trace.
struct trace_step {
  std::string span;    ///< 16 digits
  std::string parent;  ///< of the step it happened in; empty: none is known
  std::string kind;    ///< "call", "event", or "applied": work on a durable event
  std::string name;
  std::string from;             ///< instance that called or published
  std::vector<std::string> to;  ///< instances that served or heard it
  std::int64_t began_us = 0;
  std::optional<std::int64_t> took_us;    ///< at the caller
  std::optional<std::int64_t> served_us;  ///< at who served it
  std::string outcome;                    ///< of a call; empty: no answer was seen
  std::string message;
  std::vector<trace_step> within;  ///< by their beginning
};
KITH_DESCRIBE(trace_step, span, parent, kind, name, from, to, began_us, took_us, served_us, outcome,
              message)

/// The steps that have no parent among them, by their beginning.
[[nodiscard]] std::vector<trace_step> trace_tree(const std::vector<recorded>& envelopes);

/// All of them, each before those within it, which name it as their parent.
[[nodiscard]] std::vector<trace_step> flat(const std::vector<trace_step>& steps);

/// "+0.00 ms  shop-1 -> order-1  order.place  31 ms", a line each by the time at which they began;
/// what happened within a step is below it and indented.
[[nodiscard]] std::string trace_text(const std::vector<trace_step>& steps, bool colour);

}  // namespace kith::tool
