// SPDX-License-Identifier: MPL-2.0
#include "durable/log_keeper.hpp"

#include <algorithm>
#include <utility>

#include "base/fnv.hpp"
#include "durable/event_log.hpp"

namespace kith::durable {
namespace {

using namespace std::chrono_literals;

constexpr auto write_pause = 1s;
constexpr std::int64_t refresh_us = 60'000'000;
/// One that has asked so lately lives: what is written of it may be a minute old.
constexpr std::int64_t lives_us = 3 * refresh_us;
/// A group that lives asks within this time of our start, whatever our calendar says.
constexpr auto time_to_ask = 60s;
constexpr std::uint64_t counted_at_once = 4096;
constexpr std::size_t retired_at_once = 1000;
constexpr auto pause_between = 20ms;

void add_losses(std::vector<log_loss>& all, const std::vector<log_loss>& some) {
  for (const auto& one : some) {
    const auto known = std::find_if(all.begin(), all.end(),
                                    [&](const log_loss& l) { return l.group == one.group; });
    if (known == all.end()) {
      all.push_back(one);
    } else {
      known->to = one.to;
    }
  }
}

}  // namespace

log_keeper::log_keeper(outbox& out, node& host, const log_retention& policy)
    : out_{out}, host_{host}, policy_{policy} {}

std::int64_t log_keeper::now_us() const {
  return host_.wall_now().time_since_epoch().count();
}

void log_keeper::note(const std::string& group, std::uint64_t sequence) {
  auto found = notes_.find(group);
  if (found == notes_.end()) {
    if (notes_.size() >= reader_table::most_readers) {
      throw failure{errc::overloaded, "too many groups read this log"};
    }
    found = notes_.emplace(group, noted{}).first;
  }
  found->second.last = {group, sequence, now_us()};
  if (is_due(found->second) && !std::exchange(writing_, true)) {
    host_.spawn_background(write_later());
  }
}

bool log_keeper::is_due(const noted& one) const {
  return !one.stored || one.stored->sequence != one.last.sequence ||
         one.last.seen_us - one.stored->seen_us >= refresh_us;
}

task<void> log_keeper::write_later() {
  co_await host_.sleep(write_pause);
  writing_ = false;
  try {
    co_await write_notes();
  } catch (...) {
    if (detail::error_of_current_exception().what() == errc::cancelled) {
      throw;
    }
    host_.warn("who reads the log could not be written: " + detail::text_of_current_exception());
  }
}

task<void> log_keeper::write_notes() {
  std::vector<log_reader> due;
  for (const auto& [group, one] : notes_) {
    if (is_due(one)) {
      due.push_back(one.last);
    }
  }
  if (due.empty()) {
    co_return;
  }
  auto writing = out_.transaction([&due](kith::transaction& tx) {
    std::vector<std::string> refused;
    for (const auto& one : due) {
      if (!reader_table::note(tx, one)) {
        refused.push_back(one.group);
      }
    }
    return refused;
  });
  const auto refused = co_await writing;
  for (const auto& one : due) {
    if (const auto still = notes_.find(one.group); still != notes_.end()) {
      still->second.stored = one;  // it may have been forgotten meanwhile
    }
  }
  for (const auto& group : refused) {
    host_.warn("group " + group + " reads the log, and nothing is kept for it: there are " +
               std::to_string(reader_table::most_readers) + " others already");
  }
}

task<void> log_keeper::keep() {
  begun_ = host_.now();
  const auto span = std::max<duration>(policy_.every, 1ms);
  // Instances that were started together need not look at the same time.
  const auto part =
      fnv1a_of(host_.description().id.to_string()) % static_cast<std::uint64_t>(span.count());
  co_await host_.sleep(duration{static_cast<duration::rep>(part)});
  for (;;) {
    co_await look_after();
    co_await host_.sleep(span);
  }
}

task<void> log_keeper::look_after() {
  std::string trouble;
  try {
    co_await write_notes();
    co_await count();
    co_await forget_old();
    co_await retire();
  } catch (...) {
    if (detail::error_of_current_exception().what() == errc::cancelled) {
      throw;
    }
    trouble = detail::text_of_current_exception();
  }
  say_losses();
  if (!trouble.empty() && trouble != trouble_) {
    host_.warn("the log is not looked after: " + trouble);
  }
  trouble_ = std::move(trouble);
}

task<void> log_keeper::count() {
  octet_count begin;
  octet_count now;
  for (bool first = true, more = true; more; first = false) {
    if (!first) {
      co_await host_.sleep(pause_between);
    }
    auto counting = out_.read([&now, &begin, first](kith::transaction& tx) {
      if (first) {
        now = begin = reader_table::counted(tx);
      }
      now = reader_table::count_on(tx, now, counted_at_once);
      return now.counted < event_log::extent(tx).last.sequence;
    });
    more = co_await counting;
  }
  if (now.counted != begin.counted) {
    auto keeping = out_.transaction(
        [&begin, &now](kith::transaction& tx) { reader_table::keep_count(tx, begin, now); });
    co_await keeping;
  }
}

task<log_forget_reply> log_keeper::forget(std::string group, std::string by) {
  auto forgetting = out_.transaction([&group, now = now_us()](kith::transaction& tx) {
    event_log::lock(tx);  // else it could begin to read meanwhile
    const auto all = reader_table::readers(tx);
    const auto known = std::find_if(all.begin(), all.end(),
                                    [&](const log_reader& one) { return one.group == group; });
    if (known == all.end()) {
      throw not_found{"no group " + group + " reads this log"};
    }
    const auto ago_us = now - known->seen_us;
    if (ago_us < lives_us) {
      throw failed_precondition{"group " + group + " has read this log " +
                                std::to_string(std::max<std::int64_t>(ago_us, 0) / 1'000'000) +
                                " s ago: stop all its instances, and ask again after " +
                                std::to_string(lives_us / 60'000'000) + " minutes"};
    }
    reader_table::forget(tx, *known);
    const auto last = event_log::extent(tx).last.sequence;
    return log_forget_reply{known->sequence, last - std::min(last, known->sequence)};
  });
  const auto reply = co_await forgetting;
  notes_.erase(group);
  host_.warn("group " + group + " is forgotten: " + by + " asked for it; what it has not read (" +
             std::to_string(reply.unread) + " events behind event " +
             std::to_string(reply.sequence) + ") is kept for it no longer");
  co_return reply;
}

task<void> log_keeper::forget_old() {
  if (host_.now() - *begun_ < time_to_ask) {
    co_return;
  }
  auto looking = out_.read([](kith::transaction& tx) { return reader_table::readers(tx); });
  const auto all = co_await looking;
  const auto due = whom_to_forget(all, policy_, now_us());
  if (due.empty()) {
    co_return;
  }
  std::vector<log_reader> gone;
  auto forgetting = out_.transaction([&due, &gone](kith::transaction& tx) {
    gone.clear();
    for (const auto& one : due) {
      if (reader_table::forget(tx, one)) {
        gone.push_back(one);
      }
    }
  });
  co_await forgetting;
  for (const auto& one : gone) {
    notes_.erase(one.group);
    host_.warn("group " + one.group + " has not read this log for " +
               std::to_string((now_us() - one.seen_us) / 86'400'000'000) +
               " days: it is forgotten, what it has not read (from event " +
               std::to_string(one.sequence + 1) + " on) is kept for it no longer");
  }
}

task<void> log_keeper::retire() {
  for (bool more = true; more;) {
    auto looking = out_.read([this, now = now_us()](kith::transaction& tx) {
      return reader_table::look(tx, policy_, now, 1).up_to > 0;
    });
    more = co_await looking;
    if (!more) {
      break;
    }
    auto cutting = out_.transaction([this, now = now_us()](kith::transaction& tx) {
      return reader_table::cut(tx, policy_, now, retired_at_once);
    });
    const auto what = co_await cutting;
    add_losses(losses_, what.losses);
    more = what.events == retired_at_once;
    if (more) {
      co_await host_.sleep(pause_between);
    }
  }
}

void log_keeper::say_losses() {
  for (const auto& one : losses_) {
    host_.error("the events " + std::to_string(one.from) + "-" + std::to_string(one.to) +
                " were retired before group " + one.group +
                " had read them: the log is over its limit for unread events");
  }
  losses_.clear();
}

}  // namespace kith::durable
