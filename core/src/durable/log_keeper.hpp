// SPDX-License-Identifier: MPL-2.0
#pragma once

// Looks after one database's log: notes who reads it, counts it, and retires what may go.
//
// Design notes
// - Readers are noted in memory, and written together, at most once a second and only when one has
//   moved or was not written for a minute: a read costs no commit.
// - A note may be older than what the reader has applied, never newer. So a crash of this process
//   keeps an event too long, and never loses one.
// - Every instance on the database does all of this. Each step is one transaction that reads what
//   it decides by, so several of them do each other's work, and no harm.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <kith/durable.hpp>
#include <kith/introspection.hpp>

#include "durable/reader_table.hpp"

namespace kith::durable {

class log_keeper {
 public:
  log_keeper(outbox& out, node& host, const log_retention& policy);
  log_keeper(const log_keeper&) = delete;
  log_keeper& operator=(const log_keeper&) = delete;

  /// A group asked: it has applied what it wants up to `sequence`. \throws failure `overloaded`
  void note(const std::string& group, std::uint64_t sequence);
  /// An operator knows that it never comes back; `by` asked. \throws failure
  task<log_forget_reply> forget(std::string group, std::string by);
  /// Looks after the log until the node drains.
  task<void> keep();

 private:
  struct noted {
    log_reader last;                   ///< as it asked
    std::optional<log_reader> stored;  ///< as it stands in the table
  };

  task<void> write_later();
  task<void> write_notes();
  task<void> look_after();
  task<void> count();
  task<void> forget_old();
  task<void> retire();
  void say_losses();
  [[nodiscard]] bool is_due(const noted& one) const;
  [[nodiscard]] std::int64_t now_us() const;

  outbox& out_;
  node& host_;
  log_retention policy_;
  std::map<std::string, noted, std::less<>> notes_;
  bool writing_ = false;
  std::optional<time_point> begun_;
  std::vector<log_loss> losses_;  ///< not said yet
  std::string trouble_;
};

}  // namespace kith::durable
