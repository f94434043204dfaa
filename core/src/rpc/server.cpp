// SPDX-License-Identifier: MPL-2.0
#include "rpc/server.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "base/fnv.hpp"
#include "base/tracestate.hpp"

namespace kith::rpc {
namespace {

/// What a handler threw, as the caller shall see it.
error error_of(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (...) {
    auto reason = detail::error_of_current_exception();
    if (reason.code.category() != kith::error_category()) {
      reason.code = errc::handler_failed;
    }
    reason.outcome = outcome::answered;
    return reason;
  }
}

/// A caller's keys are those of its service: another instance of it may repeat the call.
std::optional<repeated_calls::work> work_of(std::string_view method, const call_context& context) {
  if (context.idempotency_key().empty()) {
    return std::nullopt;
  }
  const auto& caller = context.caller();
  return repeated_calls::work{caller.service.empty() ? caller.id.to_string() : caller.service,
                              std::string{method}, std::string{context.idempotency_key()}};
}

constexpr std::string_view reason_of(ledger::drop_reason why) {
  return why == ledger::drop_reason::shed ? " could not end this call in time"
                                          : " has as many calls as it may have";
}

/// Of replies that are too old: at most that often.
constexpr duration drop_interval = std::chrono::seconds{1};

}  // namespace

server::server(runtime::loop& loop, peers::hub& hub, ledger::books& books, ledger::tracer& tracer,
               server_options options)
    : loop_{loop},
      hub_{hub},
      tracer_{tracer},
      options_{options},
      methods_{books},
      answers_{loop, hub, methods_, timed_},
      outflow_{hub},
      limit_{options.limit},
      queue_{options.queue},
      repeats_{options.repeats},
      repeated_{books.open(ledger::scope::method, ledger::direction::inbound, "(repeated)")},
      scope_{[](const std::exception_ptr&) {}} {}

server::~server() {
  loop_.cancel(dropping_);
  for (auto& [at, call] : running_) {
    loop_.cancel(call->timer);
  }
}

std::optional<error> server::objection_to(const wire::request& request) const {
  const auto& self = hub_.self();
  if (draining_) {
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

void server::on_request(peers::session_id from,
                        const std::shared_ptr<const node_description>& caller,
                        const wire::request& request) {
  const call_key at{from, request.id};
  auto* const which = methods_.find(request.method);
  auto& counters = which != nullptr ? *which->counters : methods_.unknown();
  ++counters.sent;
  counters.sent_bytes += request.body.size();
  if (const auto objection = objection_to(request)) {
    counters.drop(draining_                   ? ledger::drop_reason::shutting_down
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
    timed_.come(at, loop_.clock());
  }
  call_context context{loop_.now() + std::chrono::milliseconds{request.time_left_ms}, caller,
                       request.idempotency_key, request.traceparent, std::move(limits)};
  auto state = tracestate_of(request.tracestate);
  const auto work = tracer_.enter(request.traceparent, state, loop_.now());
  context.set_trace(work, work.is_nil() ? std::string{} : std::move(state));
  if (which->method.plain) {
    run_plain(*which, at, request.body, context);
  } else {
    admit(*which, at, request.body, request.window, std::move(context));
  }
}

void server::run_plain(registered_method& which, const call_key& at, std::string_view body,
                       call_context& context) {
  if (is_repeat(which, at, body, context)) {
    return;
  }
  begin_time(at);
  const auto stands_for = sample_.next(loop_.now());
  const bool timed = stands_for > 0 || is_told(context);
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
    tell_span(which, context, took, why.what());
    answers_.answer(which, at, why);
    return;
  }
  tell_span(which, context, took, {});
  if (const auto work = work_of(which.method.schema.name, context)) {
    repeats_.begin(*work, fnv1a_of(body));
    repeats_.end(*work, reply, loop_.now());
    drop_replies_later();
  }
  answers_.answer(which, at, reply);
}

void server::admit(registered_method& which, const call_key& at, std::string_view body,
                   std::uint32_t window, call_context context) {
  if (running_.contains(at) || waiting_.contains(at) || following_.contains(at)) {
    which.counters->drop(ledger::drop_reason::malformed);  // an id in use: the first one stands
    return;
  }
  if (is_repeat(which, at, body, context)) {
    return;
  }
  if (which.reserved) {
    if (running_reserved_ >= options_.max_reserved) {
      refuse(which, at, ledger::drop_reason::queue_full);
      return;
    }
  } else if (passes_over(which) && running_untimed_ >= options_.max_untimed) {
    refuse(which, at, ledger::drop_reason::queue_full);
    return;
  } else if (!queue_.empty() || at_work() >= limit_.value()) {
    enqueue(which, at, body, window, std::move(context));
    return;
  }
  if (!which.reserved) {
    methods_.times_of(which).add_wait({});
  }
  start_task(which, at, body, window, std::move(context));
}

bool server::is_repeat(registered_method& which, const call_key& at, std::string_view body,
                       call_context& context) {
  const auto work =
      which.keeps_no_reply() ? std::nullopt : work_of(which.method.schema.name, context);
  if (!work) {
    return false;
  }
  const auto found = repeats_.look_up(*work, fnv1a_of(body), loop_.now());
  if (found == repeated_calls::finding::fresh) {
    return false;
  }
  ++repeated_.sent;
  ++repeated_.delivered;
  if (found == repeated_calls::finding::done) {
    answers_.answer(which, at, repeats_.reply_to(*work));
  } else if (found == repeated_calls::finding::differs) {
    answers_.answer(which, at,
                    error{errc::invalid_argument,
                          "the key \"" + work->key + "\" names another request to " + work->method +
                              "; give each its own",
                          outcome::answered, "idempotency_key"});
  } else if (repeats_.follow(*work, {static_cast<std::uint64_t>(at.first), at.second},
                             body.size())) {
    following_.try_emplace(at, waiting_call{&which, std::move(context), std::string{body}});
  } else {
    refuse(which, at, ledger::drop_reason::queue_full);
  }
  return true;
}

/// Work with a key is over: who followed it is answered with it.
void server::end_work(const repeated_calls::work& what, const std::string* reply,
                      const std::exception_ptr& thrown) {
  const auto followers =
      reply != nullptr ? repeats_.end(what, *reply, loop_.now()) : repeats_.end(what);
  drop_replies_later();
  for (const auto& [session, number] : followers) {
    const call_key at{static_cast<peers::session_id>(session), number};
    auto call = std::move(following_.extract(at).mapped());
    if (reply != nullptr) {
      answers_.answer(*call.which, at, *reply);
    } else if (thrown) {
      answers_.answer(*call.which, at, error_of(thrown));
    } else if (draining_) {
      hand_back(*call.which, at);
    } else {
      admit(*call.which, at, call.body, 0, std::move(call.context));  // that one was interrupted
    }
  }
}

void server::drop_replies_later() {
  const auto next = repeats_.next_expiry();
  if (dropping_ != runtime::timer_id::none || !next) {
    return;
  }
  dropping_ = loop_.after(std::max(*next - loop_.now(), drop_interval), [this] {
    dropping_ = runtime::timer_id::none;
    repeats_.drop_expired(loop_.now());
    drop_replies_later();
  });
}

void server::enqueue(registered_method& which, const call_key& at, std::string_view body,
                     std::uint32_t window, call_context context) {
  const auto verdict = queue_.push({static_cast<std::uint64_t>(at.first), at.second,
                                    context.deadline(), which.mean.value(), body.size()},
                                   loop_.now(), limit_.value());
  if (verdict.refused) {
    refuse(which, at,
           *verdict.refused == resilience::admission_queue::refusal::full
               ? ledger::drop_reason::queue_full
               : ledger::drop_reason::shed);
    return;
  }
  if (verdict.pushed_out) {
    const call_key out{static_cast<peers::session_id>(verdict.pushed_out->caller),
                       verdict.pushed_out->call};
    refuse(*take_waiting(out).which, out, ledger::drop_reason::queue_full);
  }
  waiting_.try_emplace(
      at, waiting_call{&which, std::move(context), std::string{body}, window, loop_.now()});
}

/// What a handler that answers at once makes room for is begun by the loop here, not by another
/// call of this below it.
void server::admit_waiting() {
  if (admitting_) {
    return;
  }
  admitting_ = true;
  while (at_work() < limit_.value()) {
    const auto next = queue_.pop(loop_.now());
    if (!next) {
      break;
    }
    const call_key at{static_cast<peers::session_id>(next->which.caller), next->which.call};
    auto call = take_waiting(at);
    switch (next->fate) {
      case resilience::admission_queue::fate::begin:
        methods_.times_of(*call.which).add_wait(loop_.now() - call.came);
        if (!is_repeat(*call.which, at, call.body, call.context)) {
          start_task(*call.which, at, call.body, call.window, std::move(call.context));
        }
        break;
      case resilience::admission_queue::fate::expired:
        call.which->counters->drop(ledger::drop_reason::deadline_passed);
        answers_.refuse(at, error{errc::deadline_exceeded, "it waited for its turn until then"});
        break;
      case resilience::admission_queue::fate::hopeless:
        refuse(*call.which, at, ledger::drop_reason::shed);
        break;
    }
  }
  admitting_ = false;
}

void server::refuse(registered_method& which, const call_key& at, ledger::drop_reason why) {
  which.counters->drop(why);
  error reason{errc::overloaded, hub_.self().instance + std::string{reason_of(why)} + ": " +
                                     std::to_string(running_.size()) + " run, " +
                                     std::to_string(waiting_.size()) + " wait; try later"};
  reason.retry_after = queue_.expected_wait(static_cast<std::uint64_t>(at.first), limit_.value());
  answers_.refuse(at, reason);
}

server::waiting_call server::take_waiting(const call_key& at) {
  auto node = waiting_.extract(at);
  return std::move(node.mapped());
}

/// Whether it waited for anything.
bool server::forget_waiting(const call_key& at) {
  if (auto node = following_.extract(at)) {
    repeats_.leave({static_cast<std::uint64_t>(at.first), at.second});
    node.mapped().which->counters->drop(ledger::drop_reason::cancelled);
    return true;
  }
  if (!queue_.remove(static_cast<std::uint64_t>(at.first), at.second)) {
    return false;
  }
  take_waiting(at).which->counters->drop(ledger::drop_reason::cancelled);
  return true;
}

void server::start_task(registered_method& which, const call_key& at, std::string_view body,
                        std::uint32_t window, call_context context) {
  const auto row =
      running_.try_emplace(at, std::make_unique<running_call>(std::move(context), which)).first;
  auto* const call = row->second.get();
  running_reserved_ += which.reserved ? 1 : 0;
  running_untimed_ += which.is_untimed() ? 1 : 0;
  call->began = loop_.now();
  begin_time(at);
  call->at_once = static_cast<std::uint32_t>(at_work());
  call->work =
      which.keeps_no_reply() ? std::nullopt : work_of(which.method.schema.name, call->context);
  if (call->work) {
    repeats_.begin(*call->work, fnv1a_of(body));
  }
  const trace_scope around{call->context.trace()};
  try {
    auto work = begin(*call, at, body, window);
    auto* const cancel = scope_.spawn(run_task(at, call, std::move(work)));
    if (cancel != nullptr) {
      call->cancel = cancel;
      call->timer = call->out ? runtime::timer_id::none
                              : loop_.at(call->context.deadline(), [this, at] { on_deadline(at); });
    }
  } catch (...) {
    leave(*call);
    const auto work = std::move(call->work);
    running_.erase(at);
    answers_.answer(which, at, error_of(std::current_exception()));
    if (work) {
      end_work(*work, nullptr, std::current_exception());
    }
  }
}

task<void> server::run_task(call_key at, running_call* call, task<std::string> work) {
  std::exception_ptr thrown;
  std::string body;
  try {
    body = co_await std::move(work);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (call->out && !call->context.cancelled()) {
    try {
      auto room = call->out->room_to_end();
      co_await room;
    } catch (const failure&) {
      // Cancelled meanwhile, or the caller is gone: what follows finds out.
    }
  }
  auto* const which = call->which;
  const auto named = std::move(call->work);
  const bool interrupted = call->context.cancelled();
  const auto why_cut = call->denied             ? ledger::drop_reason::denied
                       : call->out && draining_ ? ledger::drop_reason::shutting_down
                                                : ledger::drop_reason::cancelled;
  loop_.cancel(call->timer);
  tell_span(*which, call->context, span_since(call->began),
            interrupted ? errc::cancelled
            : thrown    ? error_of(thrown).what()
                        : errc{});
  on_end(*call);
  running_.erase(at);
  if (named) {
    end_work(*named, interrupted || thrown ? nullptr : &body, interrupted ? nullptr : thrown);
  }
  if (interrupted) {
    which->counters->drop(why_cut);  // nobody waits for the answer
  } else if (thrown) {
    answers_.answer(*which, at, error_of(thrown));
  } else {
    answers_.answer(*which, at, body);
  }
  admit_waiting();
}

/// It is about to go out of the table.
void server::leave(const running_call& call) noexcept {
  running_reserved_ -= call.which->reserved ? 1 : 0;
  running_untimed_ -= call.which->is_untimed() ? 1 : 0;
}

void server::on_end(const running_call& call) {
  leave(call);
  if (!call.context.cancelled()) {
    count_time(call);
  }
  if (call.which->reserved || call.which->is_untimed()) {
    return;
  }
  const auto took = loop_.now() - call.began;
  call.which->mean.add(took);
  queue_.on_served(took);
  limit_.on_end(took, call.at_once, loop_.now());
}

void server::interrupt(const call_key& at) {
  const auto found = running_.find(at);
  if (found != running_.end() && !found->second->context.cancelled()) {
    found->second->context.set_cancelled();
    if (found->second->cancel != nullptr) {
      found->second->cancel->request();
    }
  }
}

void server::on_deadline(const call_key& at) {
  count_overdue(at);
  answers_.refuse(at, error{errc::deadline_exceeded, "the handler was still at work",
                            outcome::outcome_unknown});
  interrupt(at);
}

void server::on_cancel(peers::session_id from, const wire::cancel& which) {
  const call_key at{from, which.id};
  timed_.forget(at);
  if (!forget_waiting(at)) {
    interrupt(at);
  }
}

void server::on_session_end(peers::session_id from) {
  for (const auto& one : queue_.remove_all(static_cast<std::uint64_t>(from))) {
    take_waiting({from, one.call}).which->counters->drop(ledger::drop_reason::cancelled);
  }
  timed_.forget_all_of(from);
  std::vector<call_key> followers;
  for (auto at = following_.lower_bound({from, 0});
       at != following_.end() && at->first.first == from; ++at) {
    followers.push_back(at->first);
  }
  for (const auto& at : followers) {
    forget_waiting(at);
  }
  for (const auto& at : running_of(from)) {
    interrupt(at);
  }
}

std::vector<call_key> server::running_of(peers::session_id from) const {
  std::vector<call_key> theirs;
  for (auto at = running_.lower_bound({from, 0}); at != running_.end() && at->first.first == from;
       ++at) {
    theirs.push_back(at->first);
  }
  return theirs;
}

void server::drain() {
  draining_ = true;
  while (const auto next = queue_.pop(loop_.now())) {
    const call_key at{static_cast<peers::session_id>(next->which.caller), next->which.call};
    hand_back(*take_waiting(at).which, at);
  }
  end_streams();
}

void server::hand_back(registered_method& which, const call_key& at) {
  which.counters->drop(ledger::drop_reason::shutting_down);
  answers_.refuse(at, error{errc::shutting_down, hub_.self().instance + " is stopping"});
}

void server::stop() {
  drain();
  for (auto& [at, call] : running_) {
    call->context.set_cancelled();
  }
  scope_.close();
}

}  // namespace kith::rpc
