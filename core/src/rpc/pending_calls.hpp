// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calls of a client without an outcome, and their attempts that are on their way. Both are by
// the row that their number has in the call table.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <kith/call.hpp>

#include "ledger/books.hpp"
#include "resilience/circuit_breaker.hpp"
#include "rpc/call_notes.hpp"
#include "rpc/call_table.hpp"
#include "rpc/chooser.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

/// On its way to one instance.
struct attempt {
  std::uint64_t id = 0;  ///< 0: none
  std::uint64_t call = 0;
  node_id peer;
  peer_record* record = nullptr;
  resilience::circuit_breaker* breaker = nullptr;
  std::optional<resilience::circuit_breaker::permit> permit;
  time_point sent{};
  call_notes::number note = 0;
};

struct pending_call {
  std::uint64_t id = 0;  ///< 0: none
  detail::raw_call call;
  detail::raw_completion done;
  std::array<std::uint8_t, 8> parent{};  ///< span of that, when spans are told
  trace_context around;                  ///< what its caller is at work for
  time_point began;
  time_point deadline;
  runtime::timer_id timer = runtime::timer_id::none;
  ledger::flow* counters = nullptr;
  ledger::call_times* times = nullptr;
  route* to = nullptr;  ///< as long as `clearings` has not changed
  std::uint64_t clearings = 0;
  std::uint64_t hedge = 0;              ///< number of the second attempt; 0: none
  std::optional<time_point> repeat_at;  ///< it pauses until then
  std::optional<time_point> hedge_at;
  std::vector<node_id> failed;  ///< where it was in vain, or is late
  std::uint32_t attempts = 0;   ///< without the hedge
  bool hedged = false;          ///< it has, or had, one
  bool uncertain = false;       ///< an attempt may have done the work
  std::unique_ptr<error> last;  ///< what the latest attempt in vain came to
  std::unique_ptr<call_notes> notes;

  /// Ends the row. What is small in it goes with the next call there.
  detail::raw_completion take();
};

class pending_calls {
 public:
  /// For that number, which the call table has given.
  void make_rows(std::uint64_t id);
  [[nodiscard]] pending_call& row_of(std::uint64_t id) noexcept {
    return calls_[call_table::row_of(id)];
  }
  [[nodiscard]] attempt& attempt_of(std::uint64_t which) noexcept {
    return attempts_[call_table::row_of(which)];
  }
  [[nodiscard]] const attempt& attempt_of(std::uint64_t which) const noexcept {
    return attempts_[call_table::row_of(which)];
  }
  /// Null when it has its outcome.
  [[nodiscard]] pending_call* find(std::uint64_t id) noexcept {
    const auto row = call_table::row_of(id);
    return id != 0 && row < calls_.size() && calls_[row].id == id ? &calls_[row] : nullptr;
  }
  [[nodiscard]] bool is_on_its_way(std::uint64_t which) const noexcept {
    const auto row = call_table::row_of(which);
    return which != 0 && row < attempts_.size() && attempts_[row].id == which;
  }
  /// The call that an attempt on its way belongs to; null when there is none.
  [[nodiscard]] pending_call* call_of(std::uint64_t which) noexcept {
    return is_on_its_way(which) ? find(attempt_of(which).call) : nullptr;
  }
  [[nodiscard]] const pending_call* call_of(std::uint64_t which) const noexcept;
  /// All rows, also those that have ended (number 0).
  [[nodiscard]] std::deque<pending_call>& rows() noexcept { return calls_; }

 private:
  std::deque<pending_call> calls_;
  std::deque<attempt> attempts_;
};

}  // namespace kith::rpc
