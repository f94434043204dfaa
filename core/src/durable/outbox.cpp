// SPDX-License-Identifier: MPL-2.0
#include "durable/outbox_impl.hpp"

#include <algorithm>
#include <iterator>

#include "base/bytes.hpp"
#include "base/failpoint.hpp"
#include "base/scope_exit.hpp"
#include "sql/savepoint.hpp"

namespace kith {
namespace {

durable::log_event to_wire(const durable::log_entry& entry) {
  durable::log_event made;
  made.sequence = entry.at.sequence;
  made.mark = entry.at.mark;
  made.topic = entry.topic;
  made.key = entry.key;
  made.body = octets_of(entry.body);
  made.traceparent = entry.traceparent;
  made.written_us = entry.written_us;
  made.tracestate = entry.tracestate;
  return made;
}

durable::log_extent_reply reply_to(const durable::log_extent_request& request,
                                   const durable::log_extent& held, kith::transaction& tx) {
  durable::log_extent_reply reply{
      held.before.sequence, held.before.mark, held.last.sequence, held.last.mark, {}};
  if (request.sequence) {
    reply.mark = durable::event_log::position_of(tx, *request.sequence).mark;
  }
  return reply;
}

}  // namespace

outbox::outbox(kith::database& database, outbox_options options)
    : impl_{std::make_unique<impl>(*this, database, options)} {}
outbox::~outbox() = default;

node& outbox::host() const {
  if (impl_->host == nullptr) {
    throw failure{errc::failed_precondition, "the outbox has no node: run_on comes first"};
  }
  return *impl_->host;
}

kith::database& outbox::database() const noexcept {
  return impl_->data;
}

outbox_counts outbox::counts() const {
  auto now = impl_->counts;
  now.depth = impl_->waiting.size() + impl_->committing;
  return now;
}

namespace {

/// Who reads a topic's events here could as well subscribe to it.
void check_rights(const std::vector<std::string>& topics, const call_context& call) {
  const auto denied = [&](const std::string& what) {
    const auto& who = call.caller().service;
    return failure{errc::permission_denied,
                   (who.empty() ? "the caller" : who) + " may not read " + what +
                       ": no certificate of it gives the right to subscribe to that; kith trust "
                       "sign --subscribes does",
                   "topics"};
  };
  for (const auto& topic : topics) {
    if (!call.may_hear(topic)) {
      throw denied(printable(topic));
    }
  }
  if (topics.empty() && !call.may_hear_all({})) {
    throw denied("all topics");
  }
}

}  // namespace

void outbox::run_on(node& host) {
  impl_->data.migrate(durable::event_log::schema_name, durable::event_log::schema);
  impl_->data.migrate(durable::reader_table::schema_name, durable::reader_table::schema);
  impl_->host = &host;
  impl_->account.emplace(host.count_queue("outbox", max_waiting));
  impl_->growth.emplace(*this, host);
  impl_->on_local_append.emplace_back(
      [inside = impl_.get()] { inside->growth->tell(inside->counts.last_sequence); });
  impl_->keeper.emplace(*this, host, impl_->options.retention);
  impl_->log_methods.emplace(*this, host, *impl_->keeper);
  host.works_on_database(impl_->data.identity());
  const auto topic = durable::hint_topic_of(impl_->data.identity());
  impl_->hints.emplace(host.publishes(kith::topic<durable::log_hint>{topic}));
  host.serve(durable::log_read,
             [inside = impl_.get()](durable::log_read_request request, call_context& call) {
               check_rights(request.topics, call);
               return inside->on_read(std::move(request));
             });
  host.serve(durable::log_bounds,
             [inside = impl_.get()](durable::log_extent_request request, call_context& call) {
               if (request.group) {
                 check_rights(request.topics, call);  // what it has not read is kept for it
               }
               return inside->on_extent(std::move(request));
             });
  impl_->soon([inside = impl_.get()] { inside->host->spawn_background(inside->keeper->keep()); });
}

void outbox::add_topic(std::string_view name, announcer tell) {
  impl_->topics.insert_or_assign(std::string{name}, std::move(tell));
}

void outbox::add(job one) {
  static_cast<void>(host());  // throws where there is none
  if (impl_->waiting.size() >= max_waiting) {
    impl_->account->refuse();
    one.done(fail(errc::overloaded,
                  std::to_string(max_waiting) + " transactions wait for the database already"));
    return;
  }
  impl_->account->enter();
  one.number = ++impl_->asked;
  one.around = current_trace();
  one.state = impl_->host->work_tracestate();
  impl_->waiting.push_back(std::move(one));
  impl_->start_lanes();
}

/// One lane commits what there is. A second one, where the next commit will be full anyway, has it
/// stand in the pool's queue before the first has ended: the disk does not wait for the loop.
void outbox::impl::start_lanes() {
  if (lanes == 0 || (lanes == 1 && !between && waiting.size() >= max_batch)) {
    ++lanes;
    // Later in this turn: what else the turn brings goes into the same commit.
    soon([this] { host->spawn(commit_all()); });
  }
}

/// Later; or at once, when the loop is behind.
void outbox::impl::soon(const std::function<void()>& work) const {
  if (!host->post(work)) {
    work();
  }
}

outbox::impl::batch outbox::impl::take_batch() {
  const auto count = static_cast<std::ptrdiff_t>(std::min(waiting.size(), max_batch));
  batch jobs{std::make_move_iterator(waiting.begin()),
             std::make_move_iterator(waiting.begin() + count)};
  waiting.erase(waiting.begin(), waiting.begin() + count);
  committing += jobs.size();
  return jobs;
}

/// Those that did not go into the commit, since it was large enough without them, go first next.
/// Gives whether there were any.
bool outbox::impl::put_back(ended& one) {
  const auto from = one.jobs.begin() + static_cast<std::ptrdiff_t>(one.what.jobs);
  if (from == one.jobs.end()) {
    return false;
  }
  const auto older = [](const job& a, const job& b) { return a.number < b.number; };
  waiting.insert(std::lower_bound(waiting.begin(), waiting.end(), *from, older),
                 std::make_move_iterator(from), std::make_move_iterator(one.jobs.end()));
  one.jobs.erase(from, one.jobs.end());
  ++generation;
  return true;
}

task<void> outbox::impl::commit_all() {
  const scope_exit leave{[this] { --lanes; }};
  bool rest = false;
  // With a rest, what the other lane has taken comes next, and this one must not go before it.
  while (waiting.size() >= (lanes > 1 ? max_batch : 1) && !(rest && lanes > 1)) {
    auto one = std::make_shared<ended>();
    one->jobs = take_batch();
    const auto taken = one->jobs.size();
    try {
      auto commit = host->blocking([this, &one, generation = generation, now = host->wall_now()] {
        one->what = commit_in_turn(one->jobs, generation, now.time_since_epoch().count());
      });
      co_await commit;
      rest = put_back(*one);
      pass_failpoint("outbox.commit");
    } catch (...) {
      one->failed = detail::error_of_current_exception();
    }
    committing -= taken;
    between = rest && lanes > 1;
    untold.push_back(std::move(one));
    if (waiting.empty()) {
      tell_all();
    } else {
      soon([this] { tell_all(); });  // while the disk is busy with the next
    }
  }
}

/// In the order of the commits.
void outbox::impl::tell_all() {
  while (!untold.empty()) {
    const auto one = std::move(untold.front());
    untold.pop_front();
    if (!one->failed) {
      count(one->what);
      try {
        announce(one->what);
      } catch (...) {  // it stands, and is found without
        host->error("what was committed is not announced: " + detail::text_of_current_exception());
      }
      pass_failpoint("outbox.announce");
    }
    finish(one->jobs, one->failed);
  }
}

/// Nothing of it while the rest of a commit before it has not come again: functions run in the
/// order in which they were asked for.
outbox::impl::committed outbox::impl::commit_in_turn(batch& jobs, std::uint64_t of_generation,
                                                     std::int64_t now_us) {
  if (cut == of_generation) {
    return {};
  }
  auto what = commit_some(jobs, now_us);
  if (what.jobs < jobs.size()) {
    cut = of_generation;
  }
  return what;
}

outbox::impl::committed outbox::impl::commit_some(batch& jobs, std::int64_t now_us) {
  if (careful == 0) {
    try {
      return commit_once(jobs, now_us, false);
    } catch (const one_refused&) {
      careful = commits_with_care;
    } catch (const failure& why) {
      if (durable::is_of_database(why.reason())) {
        throw;
      }
      careful = commits_with_care;  // see run_apart
    }
  }
  --careful;
  return commit_once(jobs, now_us, true);
}

outbox::impl::committed outbox::impl::commit_once(batch& jobs, std::int64_t now_us, bool apart) {
  committed what;
  data.transaction([&](kith::transaction& tx) {
    what = {};  // of a run before: a busy database runs all again
    const sql::appending scope{tx, what.events};
    for (auto& one : jobs) {
      if (what.events.octets > octets_enough || what.events.events.size() > events_enough) {
        break;
      }
      if (apart) {
        run_apart(one, tx, what.events);
      } else {
        run(one, tx, what.events);
      }
      ++what.jobs;
    }
    if (!what.events.events.empty()) {
      pass_failpoint("outbox.append");
      what.last = durable::event_log::append(tx, what.events.events, now_us);
      pass_failpoint("outbox.number");
    }
  });
  return what;
}

/// \throws one_refused, and then nothing of the transaction may stand
void outbox::impl::run(job& one, kith::transaction& tx, sql::event_buffer& events) {
  events.begin_part();
  if (!try_to_run(one, tx, events)) {
    throw one_refused{};
  }
}

void outbox::impl::run_apart(job& one, kith::transaction& tx, sql::event_buffer& events) {
  sql::savepoint part{tx, "kith_function"};
  if (try_to_run(one, tx, events)) {
    try {
      part.keep();
      return;
    } catch (const failure& why) {
      if (durable::is_of_database(why.reason())) {
        throw;
      }
      one.refused = why.reason();  // on PostgreSQL: of a statement whose failure it passed over
    }
  }
  part.undo();
}

bool outbox::impl::try_to_run(job& one, kith::transaction& tx,
                              const sql::event_buffer& events) const {
  one.refused.reset();  // of a run before
  const auto begin = events.events.size();
  try {
    const sql::work_scope around{tx, one.around, one.state};
    one.work(tx);
    check_topics(events, begin);
  } catch (...) {
    auto why = detail::error_of_current_exception();
    if (durable::is_of_database(why)) {
      throw;
    }
    one.refused = std::move(why);
  }
  return !one.refused;
}

/// Who follows the log looks for services that offer the topic.
void outbox::impl::check_topics(const sql::event_buffer& events, std::size_t from) const {
  for (auto i = from; i < events.events.size(); ++i) {
    if (const auto& topic = events.events[i].topic; !topics.contains(topic)) {
      throw failure{errc::failed_precondition,
                    "an event of " + topic + " was appended: say outbox.publishes first"};
    }
  }
}

void outbox::impl::count(const committed& what) {
  ++counts.commits;
  counts.functions += what.jobs;
  counts.events += what.events.events.size();
  if (!what.events.events.empty()) {
    counts.last_sequence = what.last.sequence;
  }
}

void outbox::impl::announce(const committed& what) {
  for (const auto& event : what.events.events) {
    topics.find(event.topic)->second(event.body, event.traceparent, event.tracestate);
  }
  if (!what.events.events.empty()) {
    hints->publish({what.last.sequence});
    for (auto& tell : on_local_append) {
      tell();
    }
  }
}

void outbox::impl::finish(batch& jobs, const std::optional<error>& failed) const {
  for (auto& one : jobs) {
    account->leave();
    const auto& why = failed ? failed : one.refused;
    one.done(why ? result<void>{tl::make_unexpected(*why)} : result<void>{});
  }
}

void outbox::impl::check_log(const std::string& log) const {
  if (log != data.identity()) {
    throw not_found{"the log " + log + " is not here; this one is " + data.identity()};
  }
}

void outbox::impl::check_group(const std::string& group) {
  if (group.size() > most_name) {
    throw invalid_argument{"group",
                           "a group's name has at most " + std::to_string(most_name) + " octets"};
  }
}

void outbox::impl::note_reader(const durable::log_read_request& request) {
  if (!request.group.empty()) {
    keeper->note(request.group, request.applied.value_or(request.after));
  }
}

task<durable::log_read_reply> outbox::impl::on_read(durable::log_read_request request) {
  check_log(request.log);
  if (request.topics.empty() || request.topics.size() > durable::most_topics) {
    throw invalid_argument{"topics",
                           "1 to " + std::to_string(durable::most_topics) + " topics are wanted"};
  }
  durable::log_query query{{request.after, request.mark}, request.topics};
  if (request.key) {
    query.key = *request.key;
  }
  query.max_events = std::clamp<std::size_t>(request.max_events, 1, most_page);
  check_group(request.group);
  auto reading = host->blocking([this, &query] {
    return data.read(
        [&query](kith::transaction& tx) { return durable::event_log::read(tx, query); });
  });
  durable::log_page page;
  try {
    page = co_await reading;
  } catch (const failure& why) {
    if (why.what_code() == errc::gap_unrecoverable) {
      note_reader(request);  // it lives, and what is left is kept for it
    }
    throw;
  }
  note_reader(request);
  durable::log_read_reply reply;
  reply.reached = page.reached.sequence;
  reply.reached_mark = page.reached.mark;
  reply.last = page.last.sequence;
  reply.events.reserve(page.entries.size());
  for (const auto& entry : page.entries) {
    reply.events.push_back(to_wire(entry));
  }
  co_return reply;
}

task<durable::log_extent_reply> outbox::impl::on_extent(durable::log_extent_request request) {
  check_log(request.log);
  if (!request.group) {
    auto reading = self.read([&request](kith::transaction& tx) {
      return reply_to(request, durable::event_log::extent(tx), tx);
    });
    co_return co_await reading;
  }
  check_group(*request.group);
  const auto now_us = host->wall_now().time_since_epoch().count();
  auto enrolling = self.transaction([&request, now_us](kith::transaction& tx) {
    return reply_to(request,
                    durable::reader_table::enrol(tx, *request.group, request.sequence, now_us), tx);
  });
  co_return co_await enrolling;
}

}  // namespace kith
