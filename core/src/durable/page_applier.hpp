// SPDX-License-Identifier: MPL-2.0
#pragma once

// One page in one transaction: its events by their handlers, and the cursor behind them. An event
// whose handler throws is tried again in a later page, and put aside after the last attempt.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <kith/durable.hpp>

#include "durable/cursor_table.hpp"
#include "durable/event_log.hpp"
#include "durable/follower_context.hpp"

namespace kith::durable {

/// Where a group stands in a log, as the row of its cursor has it while the lease is held.
struct held_cursor {
  std::int64_t epoch = 0;
  log_position stored;
  failing_event failing;
};

/// What one transaction came to.
struct applied_page {
  std::size_t events = 0;
  log_position to;
  failing_event failing;
  bool buried = false;
  std::optional<std::uint64_t> letters;  ///< counted
  std::optional<std::size_t> failed;  ///< which entry's handler threw, in its last attempt or not
  error why;
};

/// Its functions are called on the pool, but for `wants`.
class page_applier {
 public:
  page_applier(follower_context& shared, const cursor_key& key) : shared_{shared}, key_{key} {}

  /// `works`: the span of each entry's work, or empty. `counts`: dead letters are counted.
  applied_page apply(kith::transaction& tx, const log_page& page, const held_cursor& from,
                     const std::vector<trace_context>& works, std::int64_t now_us,
                     bool counts) const;
  /// \throws failure (stale_incarnation) when it cannot: nothing of this transaction may stand
  /// then, since another instance does the same work
  void advance(kith::transaction& tx, const held_cursor& from, const log_position& to,
               const failing_event& failing) const;
  /// In the group's table, of this log.
  [[nodiscard]] std::uint64_t count_letters(kith::transaction& tx) const;
  /// Whether there is a handler for it here.
  [[nodiscard]] bool wants(const log_entry& entry) const;

 private:
  [[nodiscard]] bool try_entry(kith::transaction& tx, const log_entry& entry,
                               const trace_context& work, std::int64_t now_us, error& why) const;
  void run_handler(kith::transaction& tx, const log_entry& entry, const trace_context& work,
                   std::int64_t now_us) const;
  void on_failed(kith::transaction& tx, const log_entry& entry, const failing_event& before,
                 std::int64_t now_us, applied_page& what) const;

  follower_context& shared_;
  const cursor_key& key_;
};

}  // namespace kith::durable
