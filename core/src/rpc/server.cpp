// SPDX-License-Identifier: MPL-2.0
#include "rpc/server.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "base/tracestate.hpp"

namespace kith::rpc {

server::server(runtime::loop& loop, peers::hub& hub, ledger::books& books, ledger::tracer& tracer,
               server_options options)
    : loop_{loop},
      hub_{hub},
      tracer_{tracer},
      methods_{books},
      times_{loop, methods_, tracer},
      answers_{loop, hub, methods_, times_.asked()},
      keyed_{loop, books, answers_, options.repeats},
      calls_{loop, hub, methods_, answers_, times_, keyed_, options.calls} {}

void server::on_request(peers::session_id from,
                        const std::shared_ptr<const node_description>& caller,
                        const wire::request& request) {
  const call_key at{from, request.id};
  auto* const which = methods_.find(request.method);
  auto& counters = which != nullptr ? *which->counters : methods_.unknown();
  ++counters.sent;
  counters.sent_bytes += request.body.size();
  if (const auto objection = objection_to(request)) {
    counters.drop(calls_.draining()           ? ledger::drop_reason::shutting_down
                  : request.time_left_ms == 0 ? ledger::drop_reason::deadline_passed
                                              : ledger::drop_reason::stale_incarnation);
    answers_.refuse(at, *objection);
    return;
  }
  auto limits = hub_.limits_of(from);
  if (const auto denied = limits ? hub_.denial(*limits, request.method) : std::nullopt) {
    counters.drop(ledger::drop_reason::denied);
    answers_.refuse(at, *denied);
    return;
  }
  if (which == nullptr) {
    counters.drop(ledger::drop_reason::unroutable);
    answers_.refuse(
        at, error{errc::unknown_method, hub_.self().instance + " does not offer " +
                                            std::string{request.method} + "; see `kith describe " +
                                            hub_.self().service + "`"});
    return;
  }
  if (const auto objection = objection_to(*which, request)) {
    counters.drop(ledger::drop_reason::refused);
    answers_.refuse(at, *objection);
    return;
  }
  if (request.times) {
    times_.asked().come(at, loop_.clock());
  }
  call_context context{loop_.now() + std::chrono::milliseconds{request.time_left_ms}, caller,
                       request.idempotency_key, request.traceparent, std::move(limits)};
  auto state = tracestate_of(request.tracestate);
  const auto work = tracer_.enter(request.traceparent, state, loop_.now());
  context.set_trace(work, work.is_nil() ? std::string{} : std::move(state));
  if (which->method.plain) {
    run_plain(*which, at, request.body, context);
  } else {
    calls_.admit(*which, at, request.body, request.window, std::move(context));
  }
}

std::optional<error> server::objection_to(const wire::request& request) const {
  const auto& self = hub_.self();
  if (calls_.draining()) {
    return error{errc::shutting_down, self.instance + " is stopping"};
  }
  if (request.target != self.incarnation) {
    return error{errc::stale_incarnation, "meant for another life of " + self.instance};
  }
  if (request.time_left_ms == 0) {
    return error{errc::deadline_exceeded, "no time was left on arrival"};
  }
  return std::nullopt;
}

/// A stream is asked for exactly where there is one.
std::optional<error> server::objection_to(const registered_method& which,
                                          const wire::request& request) {
  if (which.method.stream && request.window == 0) {
    return error{errc::invalid_argument,
                 which.method.schema.name + " streams its replies: open it as a stream",
                 outcome::not_sent, "window"};
  }
  return std::nullopt;
}

void server::run_plain(registered_method& which, const call_key& at, std::string_view body,
                       call_context& context) {
  if (calls_.is_repeat(which, at, body, context)) {
    return;
  }
  times_.begin(at);
  const auto stands_for = times_.sample();
  const bool timed = stands_for > 0 || times_.is_told(context);
  const auto began = timed ? loop_.clock() : time_point{};
  std::string reply;
  std::exception_ptr thrown;
  try {
    const trace_scope around{context.trace()};
    reply = which.method.plain(body, context);
  } catch (...) {
    thrown = std::current_exception();
  }
  const auto took = timed ? loop_.clock() - began : duration{};
  if (stands_for > 0) {
    methods_.times_of(which).took.add(took, stands_for);
  }
  if (thrown) {
    const auto why = error_of(thrown);
    times_.tell_span(which, context, took, why.what());
    answers_.answer(which, at, why);
    return;
  }
  times_.tell_span(which, context, took, {});
  if (const auto work = keyed_work::work_of(which, context)) {
    keyed_.begin(*work, body);
    keyed_.end(*work, &reply, nullptr);
  }
  answers_.answer(which, at, reply);
}

void server::on_cancel(peers::session_id from, const wire::cancel& which) {
  times_.asked().forget({from, which.id});
  calls_.cancel({from, which.id});
}

void server::on_session_end(peers::session_id from) {
  times_.asked().forget_all_of(from);
  calls_.on_session_end(from);
}

std::string server::method_of(peers::session_id from, std::uint64_t id) const {
  const auto* const which = calls_.find({from, id});
  return which == nullptr ? std::string{} : which->name();
}

}  // namespace kith::rpc
