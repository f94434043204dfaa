// SPDX-License-Identifier: MPL-2.0
#include "durable/follower.hpp"

#include <algorithm>
#include <utility>

#include "base/failpoint.hpp"
#include "base/scope_exit.hpp"
#include "ledger/event_times.hpp"

namespace kith::durable {
namespace {

using namespace std::chrono_literals;

constexpr auto pause_after_failure = 200ms;  ///< doubles, up to the interval of the poll
constexpr auto pause_when_stopped = 5s;      ///< where only a person can help
constexpr std::uint32_t most_doublings = 20;
constexpr int looks_per_lease = 8;
constexpr int renewals_per_lease = 3;

log_trouble trouble_of(errc code) noexcept {
  switch (code) {
    case errc::log_regressed: return log_trouble::regressed;
    case errc::gap_unrecoverable: return log_trouble::gap;
    case errc::database_busy:
    case errc::database_failed:
    case errc::database_refused: return log_trouble::database;
    default: return log_trouble::unreachable;
  }
}

bool needs_a_person(log_trouble what) noexcept {
  return what == log_trouble::regressed || what == log_trouble::gap;
}

}  // namespace

follower::follower(follower_context& shared, std::string log, std::string service)
    : shared_{shared},
      key_{shared.group, log},
      source_{shared, std::move(log), std::move(service)},
      applier_{shared, key_},
      watch_{shared.options.lease} {}

inbox_lag follower::lag() const {
  return {key_.log,
          source_.service(),
          held_,
          cursor_.stored.sequence,
          std::max(last_, at_.sequence),
          events_,
          dead_,
          trouble_,
          why_,
          letters_};
}

void follower::hear(std::uint64_t last, const node_id& from) {
  last_ = std::max(last_, last);
  source_.prefer(from);
  if (trouble_ == log_trouble::unreachable) {
    failures_ = 0;  // there it is
    not_before_ = std::min(not_before_, shared_.host.now() + pause_after_failure);
  }
  if (held_) {
    kick();
  }
}

void follower::kick() {
  if (busy_) {
    again_ = true;
    return;
  }
  if (!shared_.host.stopping()) {
    busy_ = true;
    shared_.host.spawn_background(work());
  }
}

task<void> follower::work() {
  const scope_exit idle{[this] { busy_ = false; }};
  try {
    do {
      again_ = false;
      if (shared_.host.now() < not_before_) {
        if (held_ && renewal_is_due()) {
          co_await save();  // a pause is no reason to lose the lease
        }
        break;
      }
      if (!held_) {
        co_await claim();
      }
      bool more = held_;
      while (more) {
        more = co_await read_on();
      }
    } while (again_);
  } catch (...) {
    const auto why = detail::error_of_current_exception();
    if (why.what() == errc::cancelled && shared_.host.stopping()) {
      throw;
    }
    on_failure(why);
  }
  wake_later();
}

void follower::on_failure(const error& why) {
  if (why.what() == errc::stale_incarnation) {
    held_ = false;
    shared_.host.info("group " + key_.group + ": another instance works the log " + key_.log +
                      " from here on");
    return;
  }
  const auto what = trouble_of(why.what());
  if (what == log_trouble::database) {
    held_ = false;  // what became of the last commit, the row of the cursor says
  }
  if (needs_a_person(what) && held_ && lease_may_be_lost()) {
    held_ = false;  // another may have read on while this one slept: then it is no trouble of ours
    return;
  }
  note(what, why.message);
  not_before_ =
      shared_.host.now() + (needs_a_person(what) ? duration{pause_when_stopped} : next_pause());
}

/// A part of it is chance: groups that lost the same source do not come back in step.
duration follower::next_pause() {
  const auto cap = std::max(shared_.options.poll, duration{pause_after_failure});
  const auto pause = std::min(cap, duration{pause_after_failure * (1LL << failures_)});
  failures_ = std::min(failures_ + 1, most_doublings);
  const auto part = pause / 4;
  return pause - part +
         duration{static_cast<duration::rep>(
             shared_.host.random_below(static_cast<std::uint64_t>(part.count()) + 1))};
}

void follower::note(log_trouble what, const std::string& why) {
  if (what != trouble_ && what != log_trouble::none) {
    const auto line =
        "group " + key_.group + ", log " + key_.log + " of " + source_.service() + ": " + why;
    if (needs_a_person(what)) {
      shared_.host.error(line + "; nothing of it is applied until that is settled");
    } else {
      shared_.host.warn(line);
    }
  }
  trouble_ = what;
  why_ = why;
}

/// The next look, when nobody kicks before: for the lease, for the poll, after a failure.
void follower::wake_later() {
  const auto now = shared_.host.now();
  const auto& options = shared_.options;
  const auto work = now + (held_ ? options.poll : options.lease / looks_per_lease);
  auto due = now < not_before_ ? not_before_ : work;
  if (held_) {
    due = std::min(due, renewed_ + options.lease / renewals_per_lease);
  }
  due = std::max(due, now + 1ms);
  if (!shared_.host.stopping() && (!alarm_ || due < *alarm_)) {
    alarm_ = due;
    shared_.host.spawn_background(wake_at(due));
  }
}

task<void> follower::wake_at(time_point due) {
  co_await shared_.host.sleep(due - shared_.host.now());
  if (alarm_ == due) {
    alarm_.reset();
    kick();
  }
}

/// Takes the lease when that is allowed.
task<void> follower::claim() {
  auto looking =
      shared_.out.read([this](kith::transaction& tx) { return cursor_table::find(tx, key_); });
  auto seen = co_await looking;
  if (!seen) {
    const auto start = co_await source_.find_start();
    auto making = shared_.out.transaction([this, &start](kith::transaction& tx) {
      cursor_table::create(tx, key_, start);
      return cursor_table::find(tx, key_);
    });
    seen = co_await making;
  }
  const auto self = shared_.host.description().id.to_string();
  if (seen->holder != self) {
    if (!watch_.may_take(*seen, shared_.host.now())) {
      cursor_.stored = at_ = seen->at;
      co_return;
    }
    auto taking = shared_.out.transaction([this, &seen, &self](kith::transaction& tx) {
      return cursor_table::take(tx, key_, *seen, self);
    });
    if (!co_await taking) {
      co_return;
    }
    ++seen->epoch;
  }
  watch_.forget();
  held_ = true;
  cursor_.epoch = seen->epoch;
  cursor_.stored = at_ = seen->at;
  cursor_.failing = seen->failing;
  renewed_ = shared_.host.now();
}

/// Gives whether there is more to do at once.
task<bool> follower::read_on() {
  if (shared_.host.now() < not_before_) {
    co_return false;
  }
  const auto page = co_await source_.read(at_, cursor_.stored.sequence);
  last_ = page.last.sequence;
  if (trouble_ != log_trouble::poison) {
    note(log_trouble::none, {});
  }
  if (!page.entries.empty()) {
    co_await apply(page);
  } else {
    at_ = page.reached;
    if (renewal_is_due() || at_.sequence - cursor_.stored.sequence >= event_log::window) {
      co_await save();
    }
  }
  failures_ = 0;
  co_return held_&& at_.sequence < last_;
}

task<void> follower::save() {
  if (at_ != cursor_.stored) {
    cursor_.failing = {};
  }
  auto saving = shared_.out.transaction([this](kith::transaction& tx) {
    applier_.advance(tx, cursor_, at_, cursor_.failing);
    return applier_.count_letters(tx);
  });
  letters_ = co_await saving;
  cursor_.stored = at_;
  renewed_ = counted_ = shared_.host.now();
}

bool follower::renewal_is_due() const {
  return shared_.host.now() - renewed_ >= shared_.options.lease / renewals_per_lease;
}

bool follower::lease_may_be_lost() const {
  return shared_.host.now() - renewed_ >= shared_.options.lease;
}

task<void> follower::apply(const log_page& page) {
  const auto began = shared_.host.now();
  const auto now_us = shared_.host.wall_now().time_since_epoch().count();
  const auto works = begin_spans(page);
  const bool counts = began - counted_ >= shared_.options.lease / renewals_per_lease;
  auto applying =
      shared_.out.transaction([this, &page, &works, now_us, counts](kith::transaction& tx) {
        return applier_.apply(tx, page, cursor_, works, now_us, counts);
      });
  const auto what = co_await applying;
  pass_failpoint("inbox.commit");
  end_spans(page, works, what, began);
  renewed_ = shared_.host.now();
  if (what.letters) {
    letters_ = *what.letters;
    counted_ = renewed_;
  }
  cursor_.stored = at_ = what.to;
  cursor_.failing = what.failing;
  events_ += what.events;
  if (what.events > 0) {
    note(log_trouble::none, {});
    shared_.on_applied();
  }
  if (what.failed) {
    const trace_scope around{works.empty() ? trace_context{} : works[*what.failed]};
    on_failed_event(page.entries[*what.failed], what);
  }
}

/// Empty when no event of the page belongs to a trace.
follower::spans follower::begin_spans(const log_page& page) const {
  spans works;
  for (std::size_t i = 0; i < page.entries.size(); ++i) {
    const auto& entry = page.entries[i];
    if (!entry.traceparent.empty() && applier_.wants(entry)) {
      works.resize(page.entries.size());
      works[i] = shared_.host.begin_work(entry.topic, entry.traceparent);
    }
  }
  return works;
}

/// Of what was applied, and of the one that was not.
void follower::end_spans(const log_page& page, const spans& of, const applied_page& what,
                         time_point began) {
  const auto now_us = shared_.host.wall_now().time_since_epoch().count();
  const auto count = what.failed ? *what.failed + 1 : page.entries.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& entry = page.entries[i];
    if (applier_.wants(entry)) {
      shared_.host.end_work({entry.topic, key_.group, source_.service(), entry.traceparent,
                             of.empty() ? trace_context{} : of[i], shared_.host.now() - began,
                             ledger::calendar_span(entry.written_us, now_us),
                             what.failed == i ? what.why.what() : errc{}});
    }
  }
}

void follower::on_failed_event(const log_entry& entry, const applied_page& what) {
  const auto which = "event " + std::to_string(entry.at.sequence) + " (" + entry.topic + ")";
  const auto& options = shared_.options;
  if (what.buried) {
    ++dead_;
    note(log_trouble::none, {});
    shared_.host.error("group " + key_.group + ": " + which + " of the log " + key_.log +
                       " is a dead letter after " + std::to_string(options.attempts) +
                       " attempts: " + what.why.to_string());
    return;
  }
  note(log_trouble::poison, which + " cannot be applied: " + what.why.to_string());
  const auto doublings = std::min(what.failing.attempts - 1, most_doublings);
  not_before_ = shared_.host.now() +
                std::min(options.longest_pause, duration{options.first_pause * (1LL << doublings)});
}

task<void> follower::release() {
  if (!held_) {
    co_return;
  }
  held_ = false;
  auto giving = shared_.out.transaction(
      [this](kith::transaction& tx) { cursor_table::release(tx, key_, cursor_.epoch); });
  co_await giving;
}

}  // namespace kith::durable
