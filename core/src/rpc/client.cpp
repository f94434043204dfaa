// SPDX-License-Identifier: MPL-2.0
#include "rpc/client.hpp"

#include <algorithm>
#include <utility>

#include "base/failpoint.hpp"
#include "rpc/wire_values.hpp"

namespace kith::rpc {

using resilience::verdict;

client::client(runtime::loop& loop, peers::hub& hub, instance_source& instances,
               ledger::books& books, ledger::tracer& tracer, log_sink& log, client_options options)
    : loop_{loop},
      hub_{hub},
      options_{std::move(options)},
      chooser_{loop, hub, instances, books, options_.choosing},
      retries_{loop, chooser_, books, options_.retrying},
      limits_{options_.max_calls, options_.max_octets},
      attempts_{loop, hub, chooser_, streams_, options_.retrying.hedge},
      reports_{loop, hub, chooser_, attempts_, tracer, log},
      streams_{hub, books, [this](std::uint64_t opening) { give_up(opening); }} {}

client::~client() {
  for (auto& p : pending_.rows()) {
    loop_.cancel(p.timer);
  }
}

std::uint64_t client::start(detail::raw_call call, detail::raw_completion done) {
  if (auto why = objection_to(call)) {
    reports_.refuse(call, *why);
    loop_.post([then = std::move(done), why = std::move(*why)]() mutable {
      then(tl::make_unexpected(std::move(why)));
    });
    return 0;  // no call's number
  }
  const auto given = call.deadline > duration{} ? call.deadline : options_.default_deadline;
  const auto id = attempts_.begin();
  pending_.make_row(id);
  auto& p = pending_.row_of(id);
  p.id = id;
  p.call = std::move(call);
  p.done = std::move(done);
  p.around = current_trace();
  p.began = loop_.now();
  p.when.deadline = loop_.time_after(given);
  p.way.to = nullptr;
  reports_.begin(p);
  auto& to = route_of(p);
  to.used = loop_.now();
  p.count_begin(to);
  limits_.hold(p.call.body);
  retries_.on_call();
  if (!try_send(p)) {
    wait(id);
  }
  arm(p);
  return id;
}

std::unique_ptr<detail::incoming_stream> client::open(detail::raw_call call) {
  call.traits.waits = true;  // how long it takes says nothing of the peer, and it is not hedged
  auto made = streams_.make(call);
  auto* const reader = made.get();
  call.window = reader->window();
  auto refused = streams_.is_full() ? std::optional{stream_table::full()} : objection_to(call);
  if (refused) {
    reader->end(std::move(*refused));
    return made;
  }
  // The reader ends its opening before it ends itself: it is there whenever this runs.
  const auto id = start(std::move(call), [reader](result<std::string_view> begun) {
    if (!begun) {
      reader->end(std::move(begun.error()));
    }
  });
  streams_.add(*reader, id);
  return made;
}

std::optional<error> client::objection_to(const detail::raw_call& call) const {
  if (stopped_) {
    return error{errc::shutting_down, "this node is stopping"};
  }
  return limits_.objection_to(call, attempts_.numbers(), hub_.bounds().name_bytes);
}

void client::give_up(std::uint64_t id) {
  if (auto* const p = pending_.find(id)) {
    finish(*p, error{errc::cancelled, "the caller gave up", outcome_of(*p)});
  }
}

void client::stop() {
  stopped_ = true;
  // A completion may start a call, which is refused by now: the table only shrinks.
  for (const auto id : attempts_.all()) {
    if (auto* const p = pending_.find(id)) {
      finish(*p, error{errc::shutting_down, "this node is stopping", outcome_of(*p)});
    }
  }
  waiting_.clear();
  streams_.stop();
}

std::string client::method_of(std::uint64_t id) const {
  const auto* const p = pending_.find(attempts_.call_of(id));
  return p != nullptr ? p->call.method : streams_.method_of(id);
}

/// What to say of a call that ends now, with no word from a peer.
outcome client::outcome_of(const pending_call& p) const noexcept {
  const bool possible = p.uncertain || attempts_.is_written(p.id) || attempts_.is_written(p.hedge);
  return possible ? outcome::outcome_unknown : outcome::not_sent;
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
    retries_.plan_hedge(p, to);
  }
  send(p, p.id, chosen.to);
  return true;
}

void client::send(pending_call& p, std::uint64_t which, const candidate& to) {
  attempts_.start(which, p, to, reports_.begin_attempt(p, which, *to.peer));
  auto written = attempts_.write(which, p, *to.peer);
  if (p.call.instance || !retries_.repeats()) {
    limits_.release(p.call.body);  // nobody sends it once more
  }
  if (!written) {
    loop_.post([this, which, why = std::move(written.error())]() mutable {
      if (call_of(which) != nullptr) {
        on_attempt_failed(which, std::move(why), false);
      }
    });
  }
}

void client::send_again(std::uint64_t id) {
  auto* const p = pending_.find(id);
  if (p != nullptr && !attempts_.is_on_its_way(id) && !try_send(*p)) {
    wait(id);
  }
}

void client::wait(std::uint64_t id) {
  waiting_.add(id, attempts_.numbers(), [this](auto old) { return attempts_.has(old); });
}

void client::on_link_open(const node_description& /*peer*/) {
  if (!waiting_.empty()) {
    loop_.post([this] { retry_waiting(); });
  }
}

void client::retry_waiting() {
  waiting_.ask([this](auto id) {
    auto* const p = pending_.find(id);
    if (p == nullptr || attempts_.is_on_its_way(id)) {
      return false;
    }
    const bool waits = !try_send(*p);
    if (!waits) {
      arm(*p);
    }
    return waits;
  });
}

void client::hedge(pending_call& p) {
  if (!attempts_.is_on_its_way(p.id) || p.hedge != 0 || attempts_.numbers() >= limits_.calls()) {
    return;
  }
  p.failed.push_back(attempts_.of(p.id).peer);  // or still in vain
  const auto chosen = chooser_.choose(p.call, route_of(p), p.failed);
  if (chosen.to.peer == nullptr || chosen.to.suspect) {
    return;
  }
  if (!retries_.spend_hedge()) {
    return;
  }
  p.hedged = true;
  p.hedge = attempts_.begin();
  send(p, p.hedge, chosen.to);
}

void client::arm(pending_call& p) {
  loop_.cancel(p.timer);
  p.timer = loop_.at(p.when.next(), [this, id = p.id] { on_timer(id); });
}

void client::on_timer(std::uint64_t id) {
  auto& p = *pending_.find(id);
  p.timer = runtime::timer_id::none;
  switch (p.when.take_due(loop_.now())) {
    case call_schedule::due::deadline: on_deadline(p); return;
    case call_schedule::due::repeat: send_again(id); break;
    case call_schedule::due::hedge: hedge(p); break;
    case call_schedule::due::nothing: break;
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
    why = p.unanswered(what);
  }
  reports_.begin_notes(p);
  end_attempts(p, verdict::failure);
  finish(p, std::move(why));
}

void client::on_link_lost(const node_id& peer, std::string_view why, std::uint64_t taken) {
  for (const auto& [which, what] : attempts_.lose(peer, taken)) {
    if (call_of(which) != nullptr) {  // who hears of one may give up others
      on_attempt_failed(
          which,
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

bool client::on_item(const node_id& peer, const wire::item& one) {
  return streams_.has(one.id) && is_begun(peer, one.id) && streams_.on_item(peer, one);
}

bool client::on_credit(const node_id& peer, const wire::credit& more) {
  return streams_.has(more.id) && is_begun(peer, more.id) && streams_.has(more.id, peer);
}

bool client::on_error_reply(const node_id& peer, const wire::error_reply& answer) {
  const auto* const p = call_of(answer.id);
  if (p == nullptr) {
    return streams_.on_error(peer, answer);
  }
  if (!attempts_.take_back(answer.id, peer)) {
    return false;
  }
  reports_.note_times(*p, answer.id, answer.times);
  on_attempt_failed(answer.id, error_in(answer), true);
  return true;
}

/// Whatever a peer says first of a stream ends its opening. True when that peer has it.
bool client::is_begun(const node_id& peer, std::uint64_t stream) {
  if (call_of(stream) == nullptr) {
    return true;  // the table knows whose it is
  }
  if (!complete(peer, {stream, {}})) {
    return false;
  }
  streams_.begin(stream, peer);
  return true;
}

bool client::complete(const node_id& peer, const wire::reply& answer) {
  auto* const p = call_of(answer.id);
  if (p == nullptr || !attempts_.end(answer.id, &peer)) {
    return false;
  }
  pass_failpoint("call.answered", p->call.method);
  p->count_reply(answer.body.size(), loop_.now());
  reports_.note_times(*p, answer.id, answer.times);
  reports_.end_attempt(*p, answer.id, nullptr);
  attempts_.settle(answer.id, *p, verdict::success);
  end_attempts(*p, verdict::given_up);
  reports_.end(*p, nullptr, true);
  tell(*p, answer.body);
  return true;
}

void client::on_attempt_failed(std::uint64_t which, error why, bool told_by_peer) {
  auto& p = *call_of(which);
  auto& one = attempts_.of(which);
  if (why.code == condition::overloaded) {
    attempts_.blame_load(one, p);
  }
  reports_.begin_notes(p);
  reports_.end_attempt(p, which, &why);
  attempts_.settle(which, p, verdict_of(why));
  p.note_failure(one.peer, why);
  if (which == p.hedge) {
    attempts_.end(std::exchange(p.hedge, 0));
  }
  const bool is_answer = why.outcome == outcome::answered && why.code != condition::broken;
  if (!is_answer && (attempts_.is_on_its_way(p.id) || attempts_.is_on_its_way(p.hedge))) {
    p.last = std::make_unique<error>(std::move(why));  // the other one may still do it
    return;
  }
  repeat_or_finish(p, std::move(why), told_by_peer);
}

void client::repeat_or_finish(pending_call& p, error why, bool told_by_peer) {
  const auto step = stopped_ ? retry_policy::step::finish : retries_.after(p, why);
  if (step == retry_policy::step::finish) {
    finish(p, std::move(why), told_by_peer);
    return;
  }
  p.last = std::make_unique<error>(std::move(why));
  if (step == retry_policy::step::move) {
    loop_.post([this, id = p.id] { send_again(id); });
  } else {
    arm(p);
  }
}

void client::finish(pending_call& p, error why, bool told_by_peer) {
  if (p.uncertain && why.outcome == outcome::not_sent) {
    why.outcome = outcome::outcome_unknown;
  }
  p.count_failure(why, told_by_peer, loop_.now());
  end_attempts(p, verdict::given_up);
  reports_.end(p, &why, told_by_peer);
  tell(p, tl::make_unexpected(std::move(why)));
}

/// What is still on its way ends with `what`, and the call's numbers are free.
void client::end_attempts(pending_call& p, verdict what) {
  for (const auto which : {p.hedge, p.id}) {
    if (attempts_.is_on_its_way(which)) {
      attempts_.cancel(which, p);
      reports_.give_up_attempt(p, which);
      attempts_.settle(which, p, what);
    }
  }
  attempts_.end(p.id);
  if (p.hedge != 0) {
    attempts_.end(std::exchange(p.hedge, 0));
  }
}

/// Its caller hears the outcome, and goes on with what it was at.
void client::tell(pending_call& ended, result<std::string_view> outcome) {
  const trace_scope around{ended.around};
  loop_.cancel(ended.timer);
  limits_.release(ended.call.body);
  ended.take()(std::move(outcome));
}

}  // namespace kith::rpc
