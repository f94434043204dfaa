// SPDX-License-Identifier: MPL-2.0
#pragma once

// One log as one group follows it in one process: takes the lease, asks for pages (log_source.hpp),
// applies them (page_applier.hpp).
//
// Design notes
// - Everything is pulled: an announcement only says that there is more. So there is no hand-over
//   from catching up to live, and under load a page holds what was committed while the last one was
//   applied.
// - What is between two steps is `at_` and `cursor_.stored`. They differ only by events that nobody
// here
//   wants; the cursor follows when there is something to apply, or with the lease's renewal.
// - Whenever a commit's outcome is in doubt the lease counts as lost: the row of the cursor, read
//   again, says what happened.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/durable.hpp>

#include "durable/cursor_table.hpp"
#include "durable/follower_context.hpp"
#include "durable/lease_watch.hpp"
#include "durable/log_source.hpp"
#include "durable/page_applier.hpp"

namespace kith::durable {

class follower {
 public:
  /// `service` is the one whose instances serve the log.
  follower(follower_context& shared, std::string log, std::string service);
  follower(const follower&) = delete;
  follower& operator=(const follower&) = delete;

  /// There may be something to do: it is done in the background.
  void kick();
  /// An announcement: the log has got so far, and that node knows.
  void hear(std::uint64_t last, const node_id& from);
  /// Gives the lease back, when this node drains.
  task<void> release();

  [[nodiscard]] inbox_lag lag() const;

 private:
  task<void> work();
  task<void> claim();
  task<bool> read_on();
  task<void> save();
  task<void> apply(const log_page& page);
  /// Of each entry of a page, when some of them are sampled.
  using spans = std::vector<trace_context>;
  [[nodiscard]] spans begin_spans(const log_page& page) const;
  void end_spans(const log_page& page, const spans& of, const applied_page& what, time_point began);
  void on_failed_event(const log_entry& entry, const applied_page& what);
  [[nodiscard]] bool renewal_is_due() const;
  [[nodiscard]] bool lease_may_be_lost() const;

  void note(log_trouble what, const std::string& why);
  void on_failure(const error& why);
  [[nodiscard]] duration next_pause();
  void wake_later();
  task<void> wake_at(time_point due);

  follower_context& shared_;
  cursor_key key_;
  log_source source_;
  page_applier applier_;
  lease_watch watch_;
  bool held_ = false;
  held_cursor cursor_;
  log_position at_;
  std::uint64_t last_ = 0;
  time_point renewed_{};
  time_point not_before_{};     ///< after a failure
  std::uint32_t failures_ = 0;  ///< in a row
  bool busy_ = false;
  bool again_ = false;
  std::optional<time_point> alarm_;

  std::uint64_t events_ = 0;
  std::uint64_t dead_ = 0;
  std::uint64_t letters_ = 0;
  time_point counted_{};  ///< when
  log_trouble trouble_ = log_trouble::none;
  std::string why_;
};

}  // namespace kith::durable
