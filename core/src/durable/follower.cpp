// SPDX-License-Identifier: MPL-2.0
#include "durable/follower.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "base/failpoint.hpp"
#include "base/scope_exit.hpp"
#include "base/tracestate.hpp"
#include "durable/dead_letters.hpp"
#include "durable/outbox_impl.hpp"
#include "ledger/event_times.hpp"
#include "sql/event_buffer.hpp"
#include "sql/savepoint.hpp"

namespace kith::durable {
namespace {

using namespace std::chrono_literals;

constexpr auto ask_deadline = 1s;
constexpr auto ask_again_deadline = 2s;  ///< after one who did not answer
constexpr auto pause_after_failure = 200ms;
constexpr auto pause_when_stopped = 5s;  ///< where only a person can help
constexpr int looks_per_lease = 8;
constexpr int renewals_per_lease = 3;

log_entry from_wire(log_event& event) {
  return {{event.sequence, event.mark},   std::move(event.topic),       std::move(event.key),
          bytes{bytes_of(event.body)},    std::move(event.traceparent), event.written_us,
          tracestate_of(event.tracestate)};
}

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
      key_{shared.group, std::move(log)},
      service_{std::move(service)},
      watch_{shared.options.lease} {}

inbox_lag follower::lag() const {
  return {key_.log, service_, held_, stored_.sequence, std::max(last_, at_.sequence), events_,
          dead_,    trouble_, why_,  letters_};
}

bool follower::is_own() const {
  return key_.log == shared_.out.database().identity();
}

void follower::hear(std::uint64_t last, const node_id& from) {
  last_ = std::max(last_, last);
  preferred_ = from;
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
  not_before_ = shared_.host.now() + (needs_a_person(what) ? duration{pause_when_stopped}
                                                           : duration{pause_after_failure});
}

void follower::note(log_trouble what, const std::string& why) {
  if (what != trouble_ && what != log_trouble::none) {
    const auto line = "group " + key_.group + ", log " + key_.log + " of " + service_ + ": " + why;
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
    const auto start = co_await find_start();
    auto making = shared_.out.transaction([this, &start](kith::transaction& tx) {
      cursor_table::create(tx, key_, start);
      return cursor_table::find(tx, key_);
    });
    seen = co_await making;
  }
  const auto self = shared_.host.description().id.to_string();
  if (seen->holder != self) {
    if (!watch_.may_take(*seen, shared_.host.now())) {
      stored_ = at_ = seen->at;
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
  epoch_ = seen->epoch;
  stored_ = at_ = seen->at;
  failing_ = seen->failing;
  renewed_ = shared_.host.now();
}

task<log_position> follower::find_start() {
  const auto& options = shared_.options;
  log_extent_request request{key_.log, options.start_after, key_.group, shared_.topics};
  log_extent_reply reply;
  if (is_own()) {
    reply = co_await shared_.out.impl_->on_extent(request);
  } else {
    const auto whom = whom_to_ask();
    auto asked = shared_.host.service(service_).call(log_bounds, request,
                                                     {.deadline = ask_deadline, .instance = whom});
    reply = co_await asked;
  }
  if (reply.mark) {
    co_return log_position{*options.start_after, *reply.mark};
  }
  co_return options.start == log_start::now ? log_position{reply.last, reply.last_mark}
                                            : log_position{reply.before, reply.before_mark};
}

std::optional<node_id> follower::whom_to_ask() {
  auto offering = shared_.host.publishers_of(hint_topic_of(key_.log));
  if (silent_ && offering.size() > 1) {
    std::erase_if(offering, [&](const member_info& one) { return one.id == silent_->to_string(); });
  }
  if (offering.empty()) {
    throw failure{errc::no_instance,
                  "no instance of " + service_ + " with that log is in rotation"};
  }
  if (preferred_) {
    const auto id = preferred_->to_string();
    if (std::any_of(offering.begin(), offering.end(),
                    [&](const member_info& one) { return one.id == id; })) {
      return preferred_;
    }
  }
  const auto& chosen = offering[shared_.host.random_below(offering.size())];
  service_ = chosen.service;
  return node_id::from_string(chosen.id);
}

task<log_page> follower::fetch() {
  if (is_own()) {
    co_return co_await fetch_own();
  }
  log_read_request request{key_.log,       key_.group,  at_.sequence,         at_.mark,
                           shared_.topics, shared_.key, shared_.options.page, stored_.sequence};
  const auto whom = whom_to_ask();
  auto asked = shared_.host.service(service_).try_call(
      log_read, request,
      {.deadline = silent_ ? ask_again_deadline : ask_deadline, .instance = whom});
  auto reply = co_await asked;
  if (!reply) {
    preferred_.reset();
    silent_ = whom;
    throw failure{std::move(reply.error())};
  }
  silent_.reset();
  log_page page{{}, {reply->reached, reply->reached_mark}, {reply->last, 0}};
  page.entries.reserve(reply->events.size());
  for (auto& event : reply->events) {
    page.entries.push_back(from_wire(event));
  }
  co_return page;
}

task<log_page> follower::fetch_own() {
  log_query query{at_, shared_.topics};
  query.key = shared_.key;
  query.max_events = shared_.options.page;
  shared_.out.impl_->keeper->note(key_.group, stored_.sequence);
  auto reading =
      shared_.out.read([&query](kith::transaction& tx) { return event_log::read(tx, query); });
  co_return co_await reading;
}

/// Gives whether there is more to do at once.
task<bool> follower::read_on() {
  if (shared_.host.now() < not_before_) {
    co_return false;
  }
  const auto page = co_await fetch();
  last_ = page.last.sequence;
  if (trouble_ != log_trouble::poison) {
    note(log_trouble::none, {});
  }
  if (!page.entries.empty()) {
    co_await apply(page);
  } else {
    at_ = page.reached;
    if (renewal_is_due() || at_.sequence - stored_.sequence >= event_log::window) {
      co_await save();
    }
  }
  co_return held_&& at_.sequence < last_;
}

task<void> follower::save() {
  if (at_ != stored_) {
    failing_ = {};
  }
  auto saving = shared_.out.transaction([this](kith::transaction& tx) {
    advance_in(tx, at_, failing_);
    return count_letters(tx);
  });
  letters_ = co_await saving;
  stored_ = at_;
  renewed_ = counted_ = shared_.host.now();
}

bool follower::renewal_is_due() const {
  return shared_.host.now() - renewed_ >= shared_.options.lease / renewals_per_lease;
}

bool follower::lease_may_be_lost() const {
  return shared_.host.now() - renewed_ >= shared_.options.lease;
}

/// When it cannot, nothing of this transaction may stand: another instance does the same work.
void follower::advance_in(kith::transaction& tx, const log_position& to,
                          const failing_event& failing) const {
  if (!cursor_table::advance(tx, key_, epoch_, stored_.sequence, to, failing)) {
    throw failure{errc::stale_incarnation, "its lease was taken over"};
  }
}

task<void> follower::apply(const log_page& page) {
  const auto began = shared_.host.now();
  const auto now_us = shared_.host.wall_now().time_since_epoch().count();
  const auto works = begin_spans(page);
  const bool counts = began - counted_ >= shared_.options.lease / renewals_per_lease;
  auto applying =
      shared_.out.transaction([this, &page, &works, now_us, counts](kith::transaction& tx) {
        return apply_in(tx, page, works, now_us, counts);
      });
  const auto what = co_await applying;
  pass_failpoint("inbox.commit");
  end_spans(page, works, what, began);
  renewed_ = shared_.host.now();
  if (what.letters) {
    letters_ = *what.letters;
    counted_ = renewed_;
  }
  stored_ = at_ = what.to;
  failing_ = what.failing;
  events_ += what.events;
  if (what.events > 0) {
    note(log_trouble::none, {});
    shared_.on_applied();
  }
  if (what.failed) {
    on_failed_event(page.entries[*what.failed], what);
  }
}

/// Empty when no event of the page belongs to a trace.
follower::spans follower::begin_spans(const log_page& page) const {
  spans works;
  for (std::size_t i = 0; i < page.entries.size(); ++i) {
    const auto& entry = page.entries[i];
    if (!entry.traceparent.empty() && wants(entry)) {
      works.resize(page.entries.size());
      works[i] = shared_.host.begin_work(entry.topic, entry.traceparent, entry.tracestate);
    }
  }
  return works;
}

/// Of what was applied, and of the one that was not.
void follower::end_spans(const log_page& page, const spans& of, const applied& what,
                         time_point began) {
  const auto now_us = shared_.host.wall_now().time_since_epoch().count();
  const auto count = what.failed ? *what.failed + 1 : page.entries.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& entry = page.entries[i];
    if (wants(entry)) {
      shared_.host.end_work({entry.topic, key_.group, service_, entry.traceparent,
                             of.empty() ? trace_context{} : of[i], shared_.host.now() - began,
                             ledger::calendar_span(entry.written_us, now_us),
                             what.failed == i ? what.why.what() : errc{}});
    }
  }
}

bool follower::wants(const log_entry& entry) const {
  const auto found = shared_.handlers.find(entry.topic);
  return found != shared_.handlers.end() && (!found->second.key || *found->second.key == entry.key);
}

/// In the group's table, of this log.
std::uint64_t follower::count_letters(kith::transaction& tx) const {
  return dead_letters::count(tx, key_.group, key_.log);
}

follower::applied follower::apply_in(kith::transaction& tx, const log_page& page,
                                     const spans& works, std::int64_t now_us, bool counts) {
  applied what;
  what.to = stored_;
  for (std::size_t i = 0; i < page.entries.size() && !what.failed; ++i) {
    const auto& entry = page.entries[i];
    const auto work = works.empty() ? trace_context{} : works[i];
    if (try_entry(tx, entry, work, now_us, what.why)) {
      ++what.events;
      what.to = entry.at;
    } else {
      what.failed = i;
      on_failed_in(tx, entry, now_us, what);
    }
  }
  if (!what.failed) {
    what.to = page.reached;
  }
  advance_in(tx, what.to, what.failing);
  if (counts || what.buried) {
    what.letters = count_letters(tx);
  }
  pass_failpoint("inbox.cursor");
  return what;
}

/// False when the handler threw: then nothing of it stands.
bool follower::try_entry(kith::transaction& tx, const log_entry& entry, const trace_context& work,
                         std::int64_t now_us, error& why) {
  sql::savepoint part{tx, "kith_event"};
  try {
    run_handler(tx, entry, work, now_us);
    part.keep();
    pass_failpoint("inbox.apply");
    return true;
  } catch (...) {
    why = detail::error_of_current_exception();
    if (is_of_database(why)) {
      throw;
    }
  }
  part.undo();
  return false;
}

/// Counts the attempt; after the last one the event is put aside, and the cursor goes behind it.
void follower::on_failed_in(kith::transaction& tx, const log_entry& entry, std::int64_t now_us,
                            applied& what) const {
  what.failing = {entry.at.sequence,
                  failing_.sequence == entry.at.sequence ? failing_.attempts + 1 : 1};
  if (what.failing.attempts >= shared_.options.attempts) {
    cursor_table::bury(tx, key_, entry, {what.why.to_string(), what.failing.attempts, now_us});
    what.buried = true;
    what.to = entry.at;
    what.failing = {};
  }
}

void follower::run_handler(kith::transaction& tx, const log_entry& entry, const trace_context& work,
                           std::int64_t now_us) {
  if (!wants(entry)) {
    return;
  }
  const durable_info info{key_.log,
                          entry.at.sequence,
                          entry.topic,
                          entry.key,
                          entry.traceparent,
                          wall_time{std::chrono::microseconds{entry.written_us}},
                          wall_time{std::chrono::microseconds{now_us}},
                          entry.tracestate};
  const sql::work_scope around{tx, work, entry.tracestate};
  shared_.handlers.find(entry.topic)->second.run(tx, entry.body, info);
}

void follower::on_failed_event(const log_entry& entry, const applied& what) {
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
  const auto doublings = std::min<std::uint32_t>(what.failing.attempts - 1, 20);
  not_before_ = shared_.host.now() +
                std::min(options.longest_pause, duration{options.first_pause * (1LL << doublings)});
}

task<void> follower::release() {
  if (!held_) {
    co_return;
  }
  held_ = false;
  auto giving = shared_.out.transaction(
      [this](kith::transaction& tx) { cursor_table::release(tx, key_, epoch_); });
  co_await giving;
}

}  // namespace kith::durable
