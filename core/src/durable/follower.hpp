// SPDX-License-Identifier: MPL-2.0
#pragma once

// One log as one group follows it in one process: takes the lease, asks for pages, applies them.
//
// Design notes
// - Everything is pulled: an announcement only says that there is more. So there is no hand-over
//   from catching up to live, and under load a page holds what was committed while the last one was
//   applied.
// - What is between two steps is `at_` and `stored_`. They differ only by events that nobody here
//   wants; the cursor follows when there is something to apply, or with the lease's renewal.
// - Whenever a commit's outcome is in doubt the lease counts as lost: the row of the cursor, read
//   again, says what happened.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <kith/durable.hpp>

#include "durable/cursor_table.hpp"
#include "durable/lease_watch.hpp"
#include "durable/log_contract.hpp"

namespace kith::durable {

struct handler_entry {
  std::optional<std::string> key;
  unique_function<void(kith::transaction&, std::string_view body, const durable_info&)> run;
};
using handler_table = std::map<std::string, handler_entry, std::less<>>;

/// What followers of one inbox share. Outlives them.
struct follower_context {
  outbox& out;
  node& host;
  const inbox_options& options;
  std::string group;
  handler_table& handlers;  ///< called on the pool
  std::vector<std::string> topics;
  std::optional<std::string> key;    ///< when that is the only one that anybody here wants
  std::function<void()> on_applied;  ///< never throws
};

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
  /// What one transaction came to.
  struct applied {
    std::size_t events = 0;
    log_position to;
    failing_event failing;
    bool buried = false;
    std::optional<std::uint64_t> letters;  ///< counted
    std::optional<std::size_t> failed;  ///< which entry's handler threw, in its last attempt or not
    error why;
  };

  task<void> work();
  task<void> claim();
  task<log_position> find_start();
  task<bool> read_on();
  task<log_page> fetch();
  task<log_page> fetch_own();
  task<void> save();
  task<void> apply(const log_page& page);
  /// Of each entry of a page, when some of them are sampled.
  using spans = std::vector<trace_context>;
  [[nodiscard]] spans begin_spans(const log_page& page) const;
  void end_spans(const log_page& page, const spans& of, const applied& what, time_point began);
  [[nodiscard]] bool try_entry(kith::transaction& tx, const log_entry& entry,
                               const trace_context& work, std::int64_t now_us, error& why);
  applied apply_in(kith::transaction& tx, const log_page& page, const spans& works,
                   std::int64_t now_us, bool counts);  // on the pool
  void on_failed_in(kith::transaction& tx, const log_entry& entry, std::int64_t now_us,
                    applied& what) const;
  void advance_in(kith::transaction& tx, const log_position& to,
                  const failing_event& failing) const;
  void run_handler(kith::transaction& tx, const log_entry& entry, const trace_context& work,
                   std::int64_t now_us);
  void on_failed_event(const log_entry& entry, const applied& what);
  /// Whether there is a handler for it here.
  [[nodiscard]] bool wants(const log_entry& entry) const;
  [[nodiscard]] std::uint64_t count_letters(kith::transaction& tx) const;
  [[nodiscard]] bool renewal_is_due() const;
  [[nodiscard]] bool lease_may_be_lost() const;

  [[nodiscard]] std::optional<node_id> whom_to_ask();
  [[nodiscard]] bool is_own() const;
  void note(log_trouble what, const std::string& why);
  void on_failure(const error& why);
  void wake_later();
  task<void> wake_at(time_point due);

  follower_context& shared_;
  cursor_key key_;
  std::string service_;
  lease_watch watch_;
  bool held_ = false;
  std::int64_t epoch_ = 0;
  log_position at_;
  log_position stored_;
  std::uint64_t last_ = 0;
  std::optional<node_id> preferred_;
  std::optional<node_id> silent_;  ///< asked last, without an answer: another one is better
  time_point renewed_{};
  time_point not_before_{};  ///< after a failure
  bool busy_ = false;
  bool again_ = false;
  std::optional<time_point> alarm_;

  failing_event failing_;  ///< as the cursor's row has it

  std::uint64_t events_ = 0;
  std::uint64_t dead_ = 0;
  std::uint64_t letters_ = 0;
  time_point counted_{};  ///< when
  log_trouble trouble_ = log_trouble::none;
  std::string why_;
};

}  // namespace kith::durable
