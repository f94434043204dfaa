// SPDX-License-Identifier: MPL-2.0
#include "rpc/coroutine_calls.hpp"

#include <utility>

namespace kith::rpc {
namespace {

constexpr std::string_view reason_of(ledger::drop_reason why) {
  return why == ledger::drop_reason::shed ? " could not end this call in time"
                                          : " has as many calls as it may have";
}

}  // namespace

coroutine_calls::coroutine_calls(runtime::loop& loop, peers::hub& hub, served_methods& methods,
                                 call_answers& answers, serving_times& times, keyed_work& keyed,
                                 const coroutine_calls_options& options)
    : loop_{loop},
      hub_{hub},
      methods_{methods},
      answers_{answers},
      times_{times},
      keyed_{keyed},
      options_{options},
      limit_{options.limit},
      queue_{options.queue},
      streams_{hub, answers, running_},
      scope_{[](const std::exception_ptr&) {}} {}

coroutine_calls::~coroutine_calls() {
  for (const auto& [at, call] : running_.all()) {
    loop_.cancel(call->timer);
  }
}

void coroutine_calls::admit(registered_method& which, const call_key& at, std::string_view body,
                            std::uint32_t window, call_context context) {
  if (find(at) != nullptr) {
    which.counters->drop(ledger::drop_reason::malformed);  // an id in use: the first one stands
    return;
  }
  if (is_repeat(which, at, body, context)) {
    return;
  }
  if (which.reserved) {
    if (running_.reserved() >= options_.max_reserved) {
      refuse(which, at, ledger::drop_reason::queue_full);
      return;
    }
  } else if (passes_over(which) && running_.untimed() >= options_.max_untimed) {
    refuse(which, at, ledger::drop_reason::queue_full);
    return;
  } else if (!queue_.empty() || at_work() >= limit_.value()) {
    enqueue(which, at, body, window, std::move(context));
    return;
  }
  if (!which.reserved) {
    methods_.times_of(which).add_wait({});
  }
  start(which, at, body, window, std::move(context));
}

bool coroutine_calls::is_repeat(registered_method& which, const call_key& at, std::string_view body,
                                call_context& context) {
  const auto found = keyed_.look_up(which, at, body, context);
  if (found == keyed_work::finding::too_many) {
    refuse(which, at, ledger::drop_reason::queue_full);
  }
  return found != keyed_work::finding::fresh;
}

/// An adaptive limit follows from the time that calls take: it passes over those of which that says
/// nothing.
bool coroutine_calls::passes_over(const registered_method& which) const noexcept {
  return options_.limit.fixed == 0 && which.is_untimed();
}

/// Calls that count for the limit.
std::size_t coroutine_calls::at_work() const noexcept {
  const auto passed_over = options_.limit.fixed == 0 ? running_.untimed() : 0;
  return running_.size() - running_.reserved() - passed_over;
}

void coroutine_calls::enqueue(registered_method& which, const call_key& at, std::string_view body,
                              std::uint32_t window, call_context context) {
  const auto said =
      queue_.admit(at, which, context.deadline(), body.size(), loop_.now(), limit_.value());
  if (said.refused) {
    refuse(which, at,
           *said.refused == call_queue::refusal::full ? ledger::drop_reason::queue_full
                                                      : ledger::drop_reason::shed);
    return;
  }
  if (said.other) {
    refuse(*said.other->which, said.other->at, ledger::drop_reason::queue_full);
  }
  queue_.keep(at, {&which, std::move(context), std::string{body}, window, loop_.now()});
}

/// What a handler that answers at once makes room for is begun by the loop here, not by another
/// call of this below it.
void coroutine_calls::admit_waiting() {
  if (admitting_) {
    return;
  }
  admitting_ = true;
  while (at_work() < limit_.value()) {
    auto next = queue_.pop(loop_.now());
    if (!next) {
      break;
    }
    begin_turn(std::move(*next));
  }
  admitting_ = false;
}

void coroutine_calls::begin_turn(call_queue::turn next) {
  auto& call = next.call;
  switch (next.fate) {
    case call_queue::fate::begin:
      methods_.times_of(*call.which).add_wait(loop_.now() - call.came);
      if (!is_repeat(*call.which, next.at, call.body, call.context)) {
        start(*call.which, next.at, call.body, call.window, std::move(call.context));
      }
      break;
    case call_queue::fate::expired:
      call.which->counters->drop(ledger::drop_reason::deadline_passed);
      answers_.refuse(next.at, error{errc::deadline_exceeded, "it waited for its turn until then"});
      break;
    case call_queue::fate::hopeless: refuse(*call.which, next.at, ledger::drop_reason::shed); break;
  }
}

void coroutine_calls::refuse(registered_method& which, const call_key& at,
                             ledger::drop_reason why) {
  which.counters->drop(why);
  error reason{errc::overloaded, hub_.self().instance + std::string{reason_of(why)} + ": " +
                                     std::to_string(running_.size()) + " run, " +
                                     std::to_string(queue_.size()) + " wait; try later"};
  reason.retry_after = queue_.expected_wait(at.first, limit_.value());
  answers_.refuse(at, reason);
}

void coroutine_calls::start(registered_method& which, const call_key& at, std::string_view body,
                            std::uint32_t window, call_context context) {
  auto* const call = &running_.add(at, which, std::move(context));
  call->began = loop_.now();
  times_.begin(at);
  call->at_once = static_cast<std::uint32_t>(at_work());
  call->work = keyed_work::work_of(which, call->context);
  if (call->work) {
    keyed_.begin(*call->work, body);
  }
  const trace_scope around{call->context.trace()};
  try {
    auto work = which.method.stream ? streams_.begin(*call, at, body, window)
                                    : which.method.async(body, call->context);
    auto* const cancel = scope_.spawn(run(at, call, std::move(work)));
    if (cancel != nullptr) {
      call->cancel = cancel;
      call->timer = call->out ? runtime::timer_id::none
                              : loop_.at(call->context.deadline(), [this, at] { on_deadline(at); });
    }
  } catch (...) {
    const auto work = std::move(call->work);
    running_.remove(at);
    answers_.answer(which, at, error_of(std::current_exception()));
    if (work) {
      end_work(*work, nullptr, std::current_exception());
    }
  }
}

task<void> coroutine_calls::run(call_key at, running_call* call, task<std::string> work) {
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
  times_.tell_span(*which, call->context, times_.since(call->began),
                   interrupted ? errc::cancelled
                   : thrown    ? error_of(thrown).what()
                               : errc{});
  count_end(*call);
  running_.remove(at);
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

void coroutine_calls::count_end(const running_call& call) {
  if (!call.context.cancelled()) {
    times_.count(*call.which, call.began);
  }
  if (call.which->reserved || call.which->is_untimed()) {
    return;
  }
  const auto took = loop_.now() - call.began;
  call.which->mean.add(took);
  queue_.on_served(took);
  limit_.on_end(took, call.at_once, loop_.now());
}

/// Work with a key is over. Who followed what was interrupted begins it anew.
void coroutine_calls::end_work(const keyed_work::work& what, const std::string* reply,
                               const std::exception_ptr& thrown) {
  for (auto& [at, call] : keyed_.end(what, reply, thrown)) {
    if (draining_) {
      hand_back(*call.which, at);
    } else {
      admit(*call.which, at, call.body, 0, std::move(call.context));
    }
  }
}

void coroutine_calls::on_deadline(const call_key& at) {
  if (const auto* const call = running_.find(at)) {
    times_.count_overdue(*call->which, call->began);
  }
  answers_.refuse(at, error{errc::deadline_exceeded, "the handler was still at work",
                            outcome::outcome_unknown});
  running_.interrupt(at);
}

void coroutine_calls::cancel(const call_key& at) {
  if (keyed_.leave(at)) {
    return;
  }
  if (auto* const which = queue_.remove(at)) {
    which->counters->drop(ledger::drop_reason::cancelled);
  } else {
    running_.interrupt(at);
  }
}

void coroutine_calls::on_session_end(peers::session_id from) {
  for (auto* const which : queue_.remove_all(from)) {
    which->counters->drop(ledger::drop_reason::cancelled);
  }
  keyed_.leave_all(from);
  for (const auto& at : running_.of(from)) {
    running_.interrupt(at);
  }
}

void coroutine_calls::drain() {
  draining_ = true;
  while (const auto next = queue_.pop(loop_.now())) {
    hand_back(*next->call.which, next->at);
  }
  streams_.end_all();
}

void coroutine_calls::hand_back(registered_method& which, const call_key& at) {
  which.counters->drop(ledger::drop_reason::shutting_down);
  answers_.refuse(at, error{errc::shutting_down, hub_.self().instance + " is stopping"});
}

void coroutine_calls::stop() {
  drain();
  for (const auto& [at, call] : running_.all()) {
    call->context.set_cancelled();
  }
  scope_.close();
}

const registered_method* coroutine_calls::find(const call_key& at) const {
  if (const auto* const call = running_.find(at)) {
    return call->which;
  }
  const auto* const which = queue_.find(at);
  return which != nullptr ? which : keyed_.find(at);
}

}  // namespace kith::rpc
