// SPDX-License-Identifier: MPL-2.0
#include "durable/page_applier.hpp"

#include <chrono>
#include <string>

#include "base/failpoint.hpp"
#include "durable/dead_letters.hpp"
#include "durable/outbox_impl.hpp"
#include "sql/savepoint.hpp"

namespace kith::durable {

applied_page page_applier::apply(kith::transaction& tx, const log_page& page,
                                 const held_cursor& from, const std::vector<trace_context>& works,
                                 std::int64_t now_us, bool counts) const {
  applied_page what;
  what.to = from.stored;
  for (std::size_t i = 0; i < page.entries.size() && !what.failed; ++i) {
    const auto& entry = page.entries[i];
    const auto work = works.empty() ? trace_context{} : works[i];
    if (try_entry(tx, entry, work, now_us, what.why)) {
      ++what.events;
      what.to = entry.at;
    } else {
      what.failed = i;
      on_failed(tx, entry, from.failing, now_us, what);
    }
  }
  if (!what.failed) {
    what.to = page.reached;
  }
  advance(tx, from, what.to, what.failing);
  if (counts || what.buried) {
    what.letters = count_letters(tx);
  }
  pass_failpoint("inbox.cursor");
  return what;
}

/// False when the handler threw: then nothing of it stands.
bool page_applier::try_entry(kith::transaction& tx, const log_entry& entry,
                             const trace_context& work, std::int64_t now_us, error& why) const {
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
void page_applier::on_failed(kith::transaction& tx, const log_entry& entry,
                             const failing_event& before, std::int64_t now_us,
                             applied_page& what) const {
  what.failing = {entry.at.sequence,
                  before.sequence == entry.at.sequence ? before.attempts + 1 : 1};
  if (what.failing.attempts >= shared_.options.attempts) {
    cursor_table::bury(tx, key_, entry, {what.why.to_string(), what.failing.attempts, now_us});
    what.buried = true;
    what.to = entry.at;
    what.failing = {};
  }
}

void page_applier::run_handler(kith::transaction& tx, const log_entry& entry,
                               const trace_context& work, std::int64_t now_us) const {
  if (!wants(entry)) {
    return;
  }
  const durable_info info{key_.log,
                          entry.at.sequence,
                          entry.topic,
                          entry.key,
                          entry.traceparent,
                          wall_time{std::chrono::microseconds{entry.written_us}},
                          wall_time{std::chrono::microseconds{now_us}}};
  const trace_scope around{work};
  shared_.handlers.find(entry.topic)->second.run(tx, entry.body, info);
}

bool page_applier::wants(const log_entry& entry) const {
  const auto found = shared_.handlers.find(entry.topic);
  return found != shared_.handlers.end() && (!found->second.key || *found->second.key == entry.key);
}

std::uint64_t page_applier::count_letters(kith::transaction& tx) const {
  return dead_letters::count(tx, key_.group, key_.log);
}

void page_applier::advance(kith::transaction& tx, const held_cursor& from, const log_position& to,
                           const failing_event& failing) const {
  if (!cursor_table::advance(tx, key_, from.epoch, from.stored.sequence, to, failing)) {
    throw failure{errc::stale_incarnation, "its lease was taken over"};
  }
}

}  // namespace kith::durable
