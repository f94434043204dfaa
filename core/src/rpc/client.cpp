// SPDX-License-Identifier: MPL-2.0
#include "rpc/client.hpp"

#include <algorithm>
#include <utility>

#include "base/config_limits.hpp"
#include "base/failpoint.hpp"
#include "base/reserved_names.hpp"
#include "base/utf8.hpp"
#include "rpc/wire_values.hpp"

namespace kith::rpc {
namespace {

using resilience::verdict;

/// A sooner hedge would cost more than it gains.
constexpr duration soonest_hedge = std::chrono::milliseconds{1};

std::string quoted_call(const detail::raw_call& call) {
  return call.service.empty() ? call.method : call.service + ": " + call.method;
}

ledger::drop_reason reason_of(const error& why) noexcept {
  switch (why.what()) {
    case errc::deadline_exceeded: return ledger::drop_reason::deadline_passed;
    case errc::cancelled: return ledger::drop_reason::cancelled;
    case errc::queue_full: return ledger::drop_reason::queue_full;
    case errc::shutting_down: return ledger::drop_reason::shutting_down;
    case errc::peer_lost: return ledger::drop_reason::peer_lost;
    default: return ledger::drop_reason::unroutable;
  }
}

}  // namespace

client::client(runtime::loop& loop, peers::hub& hub, instance_source& instances,
               ledger::books& books, ledger::tracer& tracer, log_sink& log, client_options options)
    : loop_{loop},
      hub_{hub},
      tracer_{tracer},
      options_{std::move(options)},
      chooser_{loop, hub, instances, books, options_.choosing},
      budgets_{books, options_.retries, options_.hedges},
      lines_{loop, log},
      streams_{hub, books, [this](std::uint64_t opening) { give_up(opening); }} {
  options_.max_calls = std::min(options_.max_calls, call_table::most);
  options_.max_attempts = std::clamp(options_.max_attempts, 1U, most_attempts);
}

client::~client() {
  for (auto& p : pending_.rows()) {
    loop_.cancel(p.timer);
  }
}

std::optional<error> client::objection_to(const detail::raw_call& call) const {
  if (stopped_) {
    return error{errc::shutting_down, "this node is stopping"};
  }
  if (table_.size() >= options_.max_calls) {
    return error{errc::queue_full,
                 std::to_string(options_.max_calls) + " calls have no outcome yet"};
  }
  if (held_octets_ > 0 && held_octets_ + call.body.size() > options_.max_octets) {
    return error{errc::queue_full, "the bodies of calls without an outcome take " +
                                       std::to_string(held_octets_) + " octets already"};
  }
  const auto limit = hub_.bounds().name_bytes;
  for (const auto& [name, text] : {std::pair{"method", std::string_view{call.method}},
                                   {"idempotency_key", call.idempotency_key},
                                   {"traceparent", call.traceparent}}) {
    if (text.size() > limit || !is_utf8(text)) {
      return error{errc::invalid_argument,
                   "a " + std::string{name} + " is UTF-8 text of at most " + std::to_string(limit) +
                       " octets",
                   outcome::not_sent, name};
    }
  }
  return std::nullopt;
}

/// What to say of a call that ends now, with no word from a peer.
outcome client::outcome_of(const pending_call& p) const noexcept {
  const bool possible = p.uncertain || table_.where(p.id) || table_.where(p.hedge);
  return possible ? outcome::outcome_unknown : outcome::not_sent;
}

/// A number, and its rows.
std::uint64_t client::begin() {
  const auto id = table_.begin();
  pending_.make_rows(id);
  return id;
}

std::uint64_t client::start(detail::raw_call call, detail::raw_completion done) {
  if (auto why = objection_to(call)) {
    if (call.record != nullptr) {
      call_notes notes{call.service, call.method, loop_.now()};
      *call.record = notes.take(&*why, loop_.now(), {});
    }
    loop_.post([then = std::move(done), why = std::move(*why)]() mutable {
      then(tl::make_unexpected(std::move(why)));
    });
    return 0;  // no call's number
  }
  const auto given = call.deadline > duration{} ? call.deadline : options_.default_deadline;
  const auto id = begin();
  auto& p = pending_.row_of(id);
  p.id = id;
  p.call = std::move(call);
  p.done = std::move(done);
  p.around = current_trace();
  if (is_reserved(p.call.method)) {
    p.call.tracestate.clear();
  } else {
    p.parent = parent_of(p.call);
    ledger::trace_headers headers{std::move(p.call.traceparent), std::move(p.call.tracestate)};
    tracer_.begin(headers, loop_.now());
    p.call.traceparent = std::move(headers.traceparent);
    p.call.tracestate = std::move(headers.tracestate);
  }
  p.began = loop_.now();
  p.deadline = loop_.time_after(given);
  p.to = nullptr;
  if (p.call.record != nullptr) {
    p.notes = std::make_unique<call_notes>(p.call.service, p.call.method, p.began);
  }
  auto& to = route_of(p);
  to.used = loop_.now();
  p.counters = to.counters;
  p.times = to.times;
  ++p.counters->sent;
  p.counters->sent_bytes += p.call.body.size();
  held_octets_ += p.call.body.size();
  budgets_.on_call(loop_.now());
  if (!try_send(p)) {
    wait(id);
  }
  arm(p);
  return id;
}

void client::wait(std::uint64_t id) {
  if (waiting_.size() >= 2 * table_.size() + 16) {
    std::erase_if(waiting_, [this](auto old) { return !table_.has(old); });
  }
  waiting_.push_back(id);
}

route& client::route_of(pending_call& p) {
  if (p.to == nullptr || p.clearings != chooser_.clearings()) {
    p.to = &chooser_.route_of(p.call);
    p.clearings = chooser_.clearings();
  }
  chooser_.refresh(p.call, *p.to);
  return *p.to;
}

/// True when the call needs no more waiting: it is on its way, or it has its outcome.
bool client::try_send(pending_call& p) {
  auto& to = route_of(p);
  auto chosen = chooser_.choose(p.call, to, p.failed);
  if (chosen.to.peer == nullptr) {
    if (chosen.may_come && (!p.last || is_moved(*p.last))) {
      return false;
    }
    loop_.post([this, id = p.id, why = p.last ? *p.last : chosen.why]() mutable {
      if (auto* const ended = pending_.find(id)) {
        finish(*ended, std::move(why));
      }
    });
    return true;
  }
  if (++p.attempts == 1) {
    plan_hedge(p, to);
  }
  send(p, p.id, chosen.to);
  return true;
}

void client::send(pending_call& p, std::uint64_t id, const candidate& to) {
  auto& one = pending_.attempt_of(id);
  one = {id, p.id, to.peer->id, to.record, to.breaker, {}, loop_.now()};
  if (p.notes) {
    note_attempt(p, id, *to.peer);
  }
  if (to.record != nullptr) {
    ++to.record->outstanding;
    ++to.record->attempts;
    one.permit = to.breaker->try_acquire(loop_.now());
  }
  auto position = write(*to.peer, p, id);
  if (position) {
    table_.written(id, one.peer, *position);
    return;
  }
  loop_.post([this, id, why = std::move(position.error())]() mutable {
    if (pending_.call_of(id) != nullptr) {
      on_attempt_failed(id, std::move(why), false);
    }
  });
}

result<std::uint64_t> client::write(const node_description& peer, pending_call& p,
                                    std::uint64_t id) {
  auto* const out = hub_.writer_to(peer.id);
  if (out == nullptr) {
    return fail(errc::peer_lost, "the link to " + peer.instance + " is not open");
  }
  wire::request request;
  request.id = id;
  request.target = peer.incarnation;
  request.time_left_ms = whole_milliseconds(p.deadline - loop_.now());
  request.method = p.call.method;
  request.traceparent = p.call.traceparent;
  request.tracestate = p.call.tracestate;
  if ((p.attempts > 1 || id != p.id) && p.call.idempotency_key.empty()) {
    p.call.idempotency_key = hub_.self().id.to_string() + "-" + std::to_string(p.id);
  }
  request.idempotency_key = p.call.idempotency_key;
  request.times = p.notes != nullptr;  // somebody asked, or an attempt was in vain
  request.window = p.call.window;
  auto position = out->write(request, p.call.body);
  if (p.call.instance || options_.max_attempts == 1) {
    drop_body(p);  // nobody sends it once more
  }
  pass_failpoint("call.written", p.call.method);
  return position;
}

void client::retry_waiting() {
  std::deque<std::uint64_t> still;
  for (const auto id : std::exchange(waiting_, {})) {
    auto* const p = pending_.find(id);
    if (p == nullptr || pending_.is_on_its_way(id)) {
      continue;
    }
    if (try_send(*p)) {
      arm(*p);
    } else {
      still.push_back(id);
    }
  }
  waiting_.insert(waiting_.begin(), still.begin(), still.end());
}

void client::on_link_open(const node_description& /*peer*/) {
  if (!waiting_.empty()) {
    loop_.post([this] { retry_waiting(); });
  }
}

/// It is late when nineteen of twenty would have been answered.
void client::plan_hedge(pending_call& p, const route& to) {
  const bool may = options_.hedge && options_.max_attempts > 1 && p.call.traits.idempotent &&
                   !p.call.traits.waits && !p.call.instance && p.call.routing_key.empty();
  if (!may) {
    return;
  }
  budgets_.on_call_to_hedge(loop_.now());
  if (const auto usual = to.latencies.p95(); usual && to.by.size() > 1) {
    p.hedge_at = loop_.time_after(std::max(*usual, soonest_hedge));
  }
}

void client::hedge(pending_call& p) {
  if (!pending_.is_on_its_way(p.id) || p.hedge != 0 || table_.size() >= options_.max_calls) {
    return;
  }
  p.failed.push_back(pending_.attempt_of(p.id).peer);  // or still in vain
  const auto chosen = chooser_.choose(p.call, route_of(p), p.failed);
  if (chosen.to.peer == nullptr || chosen.to.suspect) {
    return;
  }
  if (!budgets_.spend_hedge(loop_.now())) {
    return;
  }
  p.hedged = true;
  p.hedge = begin();
  send(p, p.hedge, chosen.to);
}

void client::arm(pending_call& p) {
  const auto when =
      std::min({p.deadline, p.repeat_at.value_or(p.deadline), p.hedge_at.value_or(p.deadline)});
  loop_.cancel(p.timer);
  p.timer = loop_.at(when, [this, id = p.id] { on_timer(id); });
}

void client::on_timer(std::uint64_t id) {
  auto& p = *pending_.find(id);
  p.timer = runtime::timer_id::none;
  if (loop_.now() >= p.deadline) {
    on_deadline(p);
    return;
  }
  if (p.repeat_at && loop_.now() >= *p.repeat_at) {
    p.repeat_at.reset();
    send_again(id);
  } else if (p.hedge_at && loop_.now() >= *p.hedge_at) {
    p.hedge_at.reset();
    hedge(p);
  }
  arm(p);
}

void client::on_deadline(pending_call& p) {
  const auto what = outcome_of(p);
  error why;
  if (what == outcome::not_sent) {
    // Nothing was found for it all the time: say that, it is the better answer.
    why = p.last ? *p.last : chooser_.choose(p.call, route_of(p), p.failed).why;
    why.message += p.last ? "; no other instance was found in time" : "";
  }
  if (why.message.empty()) {
    why = error{errc::deadline_exceeded, quoted_call(p.call) + " had no answer in time", what};
  }
  begin_notes(p);
  end(p, verdict::failure);
  finish(p, std::move(why));
}

/// An attempt is over: its peer's breaker and load hear of it.
void client::settle(std::uint64_t which, verdict what) {
  auto& one = pending_.attempt_of(which);
  one.id = 0;
  if (one.record == nullptr) {
    return;
  }
  auto& p = *pending_.find(one.call);
  const auto now = loop_.now();
  const auto took = now - one.sent;
  --one.record->outstanding;
  if (one.permit) {
    const auto counted = p.call.traits.waits ? duration{} : took;
    one.breaker->record(*one.permit, what, counted, now, loop_.random());
  }
  if (what == verdict::failure) {
    ++one.record->failures;
    one.record->load.observe_failure(took, p.deadline - one.sent, now);
  } else if (p.call.traits.waits) {
    // It says nothing.
  } else if (what != verdict::success) {
    one.record->load.observe_at_least(took, now);
  } else {
    one.record->load.observe(took, now);
    one.record->add_time(took);
    if (options_.hedge && p.call.traits.idempotent) {
      route_of(p).latencies.add(took);
    }
  }
  chooser_.on_verdict(one.peer, *one.record, what);
  if (one.record->forgotten) {
    chooser_.forget(one.peer);  // now, when this was the last of its attempts
  }
}

void client::on_link_lost(const node_id& peer, std::string_view why, std::uint64_t taken) {
  for (const auto& [id, what] : table_.lose(peer, taken)) {
    if (pending_.call_of(id) != nullptr) {  // who hears of one may give up others
      on_attempt_failed(
          id,
          error{errc::peer_lost,
                "the link to " + peer.to_short_string() + " broke: " + std::string{why}, what},
          false);
    }
  }
  streams_.lose(peer, why);
}

bool client::on_reply(const node_id& peer, const wire::reply& answer) {
  return streams_.has(answer.id) ? is_begun(peer, answer.id) && streams_.on_reply(peer, answer)
                                 : complete(peer, answer);
}

bool client::complete(const node_id& peer, const wire::reply& answer) {
  auto* const p = pending_.call_of(answer.id);
  if (p == nullptr || !table_.end(answer.id, &peer)) {
    return false;
  }
  pass_failpoint("call.answered", p->call.method);
  if (p->call.window == 0) {
    ++p->counters->delivered;
    p->counters->delivered_bytes += answer.body.size();
  }  // else it goes on
  count_time(*p);
  if (p->notes) {
    note_times(*p, answer.id, answer.times);
    p->notes->end(pending_.attempt_of(answer.id).note, nullptr, loop_.now());
  }
  settle(answer.id, verdict::success);
  end(*p, verdict::given_up);
  conclude(*p, nullptr, true);
  tell(*p, answer.body);
  return true;
}

bool client::on_error_reply(const node_id& peer, const wire::error_reply& answer) {
  const auto* const p = pending_.call_of(answer.id);
  if (p == nullptr) {
    return streams_.on_error(peer, answer);
  }
  if (!table_.take_back(answer.id, &peer)) {
    return false;
  }
  note_times(*p, answer.id, answer.times);
  on_attempt_failed(answer.id, error_in(answer), true);
  return true;
}

void client::on_attempt_failed(std::uint64_t which, error why, bool told_by_peer) {
  auto& p = *pending_.call_of(which);
  auto& one = pending_.attempt_of(which);
  if (one.record != nullptr && why.code == condition::overloaded) {
    // No fault of its own, but who refuses quickly shall not look quick.
    one.record->load.observe_failure(loop_.now() - one.sent, p.deadline - one.sent, loop_.now());
  }
  begin_notes(p);
  p.notes->end(one.note, &why, loop_.now());
  settle(which, verdict_of(why));
  if (is_moved(why) && why.what() != errc::shutting_down) {
    // The link broke, not the peer: it may be asked again when there is a new one.
    std::erase(p.failed, one.peer);
  } else {
    p.failed.push_back(one.peer);
  }
  p.uncertain = p.uncertain || why.outcome == outcome::outcome_unknown;
  if (which == p.hedge) {
    table_.end(std::exchange(p.hedge, 0));
  }
  const bool is_answer = why.outcome == outcome::answered && why.code != condition::broken;
  if (!is_answer && (pending_.is_on_its_way(p.id) || pending_.is_on_its_way(p.hedge))) {
    p.last = std::make_unique<error>(std::move(why));  // the other one may still do it
    return;
  }
  repeat_or_finish(p, std::move(why), told_by_peer);
}

void client::repeat_or_finish(pending_call& p, error why, bool told_by_peer) {
  const auto attempts = p.attempts + (p.hedged ? 1 : 0);
  if (stopped_ || p.call.instance ||
      !may_repeat(why, {p.call.traits.idempotent, attempts, options_.max_attempts})) {
    finish(p, std::move(why), told_by_peer);
    return;
  }
  p.hedge_at.reset();
  if (is_moved(why)) {
    p.last = std::make_unique<error>(std::move(why));
    loop_.post([this, id = p.id] { send_again(id); });
    return;
  }
  const auto pushback =
      why.retry_after > duration{} ? std::optional{why.retry_after} : std::nullopt;
  const auto pause =
      resilience::retry_delay(options_.pauses, p.attempts, loop_.random()(), pushback);
  const bool in_time = pause < p.deadline - loop_.now();
  if (!in_time || !chooser_.has_other(p.call, p.failed)) {
    finish(p, std::move(why), told_by_peer);
    return;
  }
  if (!budgets_.spend_repeat(loop_.now())) {
    finish(p, std::move(why), told_by_peer);
    return;
  }
  p.last = std::make_unique<error>(std::move(why));
  p.repeat_at = loop_.now() + pause;
  arm(p);
}

void client::send_again(std::uint64_t id) {
  auto* const p = pending_.find(id);
  if (p != nullptr && !pending_.is_on_its_way(id) && !try_send(*p)) {
    wait(id);
  }
}

/// What is still on its way ends with `what`, and the call's numbers are free.
void client::end(pending_call& p, verdict what) {
  for (const auto id : {p.hedge, p.id}) {
    if (!pending_.is_on_its_way(id)) {
      continue;
    }
    if (const auto at = table_.where(id); at && p.call.window > 0) {
      streams_.send_cancel(at->peer, id);
    } else if (at) {
      if (auto* const out = hub_.writer_to(at->peer); out != nullptr) {
        static_cast<void>(out->write(wire::cancel{id}));
      }
    }
    if (p.notes) {
      p.notes->give_up(pending_.attempt_of(id).note, loop_.now());
    }
    settle(id, what);
  }
  table_.end(p.id);
  if (p.hedge != 0) {
    table_.end(std::exchange(p.hedge, 0));
  }
}

void client::give_up(std::uint64_t id) {
  if (auto* const p = pending_.find(id)) {
    finish(*p, error{errc::cancelled, "the caller gave up", outcome_of(*p)});
  }
}

void client::finish(pending_call& p, error why, bool told_by_peer) {
  if (p.uncertain && why.outcome == outcome::not_sent) {
    why.outcome = outcome::outcome_unknown;
  }
  if (told_by_peer) {
    ++p.counters->delivered;
  } else {
    p.counters->drop(reason_of(why));
  }
  p.times->add_failure(why.what());
  if (why.what() != errc::cancelled) {
    count_time(p);
  }
  end(p, verdict::given_up);
  conclude(p, &why, told_by_peer);
  tell(p, tl::make_unexpected(std::move(why)));
}

/// Its caller goes on with what it was at.
void client::tell(pending_call& ended, result<std::string_view> outcome) {
  const trace_scope around{ended.around};
  take(ended)(std::move(outcome));
}

void client::count_time(const pending_call& ended) const {
  if (!ended.call.traits.waits) {
    ended.times->took.add(loop_.now() - ended.began);
  }
}

void client::drop_body(pending_call& p) noexcept {
  held_octets_ -= p.call.body.size();
  p.call.body = {};
}

detail::raw_completion client::take(pending_call& ended) {
  loop_.cancel(ended.timer);
  drop_body(ended);
  return ended.take();
}

void client::stop() {
  stopped_ = true;
  // A completion may start a call, which is refused by now: the table only shrinks.
  for (const auto id : table_.all()) {
    if (auto* const p = pending_.find(id)) {
      finish(*p, error{errc::shutting_down, "this node is stopping", outcome_of(*p)});
    }
  }
  waiting_.clear();
  streams_.stop();
}

}  // namespace kith::rpc
