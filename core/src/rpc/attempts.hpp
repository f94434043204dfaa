// SPDX-License-Identifier: MPL-2.0
#pragma once

// The attempts of a client's calls: each is one request to one instance, from when it is written
// until it is settled, which tells that peer's breaker and load what became of it.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "peers/hub.hpp"
#include "resilience/circuit_breaker.hpp"
#include "rpc/call_notes.hpp"
#include "rpc/call_table.hpp"
#include "rpc/chooser.hpp"
#include "rpc/pending_calls.hpp"
#include "rpc/stream_table.hpp"
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

class attempts {
 public:
  /// `hedging`: it is learned how long calls take that may be hedged.
  attempts(runtime::loop& loop, peers::hub& hub, chooser& choosing, stream_table& streams,
           bool hedging)
      : loop_{loop}, hub_{hub}, chooser_{choosing}, streams_{streams}, hedging_{hedging} {}

  /// A number, and its row. It is taken until `end`.
  std::uint64_t begin();
  /// Of calls and of hedges.
  [[nodiscard]] std::size_t numbers() const noexcept { return table_.size(); }
  [[nodiscard]] bool has(std::uint64_t number) const noexcept { return table_.has(number); }
  [[nodiscard]] std::vector<std::uint64_t> all() const { return table_.all(); }
  [[nodiscard]] std::uint32_t outstanding(const node_id& peer) const {
    return table_.outstanding(peer);
  }

  [[nodiscard]] attempt& of(std::uint64_t which) noexcept {
    return rows_[call_table::row_of(which)];
  }
  [[nodiscard]] bool is_on_its_way(std::uint64_t which) const noexcept {
    const auto row = call_table::row_of(which);
    return which != 0 && row < rows_.size() && rows_[row].id == which;
  }
  /// The call that an attempt on its way belongs to; 0 when there is none.
  [[nodiscard]] std::uint64_t call_of(std::uint64_t which) const noexcept {
    return is_on_its_way(which) ? rows_[call_table::row_of(which)].call : 0;
  }
  /// It was, and was not taken back.
  [[nodiscard]] bool is_written(std::uint64_t which) const {
    return table_.where(which).has_value();
  }

  /// It is on its way from now on.
  void start(std::uint64_t which, const pending_call& p, const candidate& to,
             call_notes::number note);
  /// Its request goes to the peer's link.
  result<void> write(std::uint64_t which, pending_call& p, const node_description& peer);
  /// Its peer is told that nobody waits for it any more.
  void cancel(std::uint64_t which, const pending_call& p);
  /// It is over, and came to that. Its number stays.
  void settle(std::uint64_t which, pending_call& p, resilience::verdict what);
  /// It was refused because its peer has too much to do, for which no breaker blames it.
  void blame_load(const attempt& one, const pending_call& p);

  // As call_table has them.
  bool end(std::uint64_t which, const node_id* answered_by = nullptr) {
    return table_.end(which, answered_by).has_value();
  }
  bool take_back(std::uint64_t which, const node_id& answered_by) {
    return table_.take_back(which, &answered_by).has_value();
  }
  std::vector<std::pair<std::uint64_t, outcome>> lose(const node_id& peer, std::uint64_t taken) {
    return table_.lose(peer, taken);
  }

 private:
  runtime::loop& loop_;
  peers::hub& hub_;
  chooser& chooser_;
  stream_table& streams_;
  bool hedging_;
  call_table table_;
  std::deque<attempt> rows_;
};

}  // namespace kith::rpc
