// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calls of a client without an outcome, by the row that their number has in the call table.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <kith/call.hpp>

#include "ledger/books.hpp"
#include "rpc/call_notes.hpp"
#include "rpc/call_schedule.hpp"
#include "rpc/call_table.hpp"
#include "rpc/chooser.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

struct pending_call {
  std::uint64_t id = 0;  ///< 0: none
  detail::raw_call call;
  detail::raw_completion done;
  std::array<std::uint8_t, 8> parent{};  ///< span of that, when spans are told
  trace_context around;                  ///< what its caller is at work for
  time_point began;
  call_schedule when;
  runtime::timer_id timer = runtime::timer_id::none;
  ledger::flow* counters = nullptr;
  ledger::call_times* times = nullptr;
  kept_route way;
  std::uint64_t hedge = 0;      ///< number of the second attempt; 0: none
  std::vector<node_id> failed;  ///< where it was in vain, or is late
  std::uint32_t attempts = 0;   ///< without the hedge
  bool hedged = false;          ///< it has, or had, one
  bool uncertain = false;       ///< an attempt may have done the work
  std::unique_ptr<error> last;  ///< what the latest attempt in vain came to
  std::unique_ptr<call_notes> notes;

  /// An attempt at that peer came to that.
  void note_failure(const node_id& peer, const error& why);

  /// What to say when its time is over.
  [[nodiscard]] error unanswered(outcome what) const;

  // In the books: it enters, and ends in one of two ways.
  void count_begin(const route& to) noexcept;
  void count_reply(std::size_t octets, time_point now) noexcept;
  void count_failure(const error& why, bool told_by_peer, time_point now);

  /// Ends the row. What is small in it goes with the next call there.
  detail::raw_completion take();

 private:
  void count_time(time_point now) const noexcept;
};

class pending_calls {
 public:
  /// For that number, which the call table has given.
  void make_row(std::uint64_t id);
  [[nodiscard]] pending_call& row_of(std::uint64_t id) noexcept {
    return calls_[call_table::row_of(id)];
  }
  /// Null when it has its outcome.
  [[nodiscard]] pending_call* find(std::uint64_t id) noexcept {
    const auto row = call_table::row_of(id);
    return id != 0 && row < calls_.size() && calls_[row].id == id ? &calls_[row] : nullptr;
  }
  [[nodiscard]] const pending_call* find(std::uint64_t id) const noexcept {
    const auto row = call_table::row_of(id);
    return id != 0 && row < calls_.size() && calls_[row].id == id ? &calls_[row] : nullptr;
  }
  /// All rows, also those that have ended (number 0).
  [[nodiscard]] std::deque<pending_call>& rows() noexcept { return calls_; }

 private:
  std::deque<pending_call> calls_;
};

}  // namespace kith::rpc
