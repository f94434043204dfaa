// SPDX-License-Identifier: MPL-2.0
#pragma once

// How far a database's own log has got, and who waits for it to get further. It is heard of from
// what this instance commits, from the announcements of the others, and, when one of those was
// lost, by looking once a second. Others are listened to once somebody waits.

#include <cstddef>
#include <cstdint>
#include <map>

#include <kith/durable.hpp>

namespace kith::durable {

class log_growth {
 public:
  static constexpr std::size_t most_waiting = 4096;  ///< more are refused: overloaded

  log_growth(outbox& out, node& host)
      : out_{out}, host_{host}, account_{host.count_queue("log_watch", most_waiting)} {}
  log_growth(const log_growth&) = delete;
  log_growth& operator=(const log_growth&) = delete;

  /// `co_await` ends when there may be events behind that one.
  [[nodiscard]] operation<void> beyond(std::uint64_t sequence);
  /// The log has got so far.
  void tell(std::uint64_t last);
  /// It was looked at, and has no more than that.
  void correct(std::uint64_t last) noexcept { last_ = last; }

 private:
  struct waiter {
    std::uint64_t sequence = 0;
    operation<void>::completion done;
  };

  void end(std::uint64_t id, result<void> how);
  void listen();
  task<void> look_again();

  outbox& out_;
  node& host_;
  queue_account account_;
  std::uint64_t last_ = 0;
  std::uint64_t last_waiter_ = 0;
  std::map<std::uint64_t, waiter> waiting_;
  bool listening_ = false;
};

}  // namespace kith::durable
