// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calls without an outcome yet, and what may be said of each when something ends it. Pure.
//
//   waiting  no instance yet, nothing was written       -> not_sent
//   written  the envelope is in the queue of a link     -> outcome_unknown, unless the link is lost
//                                                          before the transport took it: not_sent
// What is taken back waits again, under the same number: an answer of the peer that had it counts
// no more.
//
// A call's number holds its row: looking it up is one comparison, and nothing is allocated for it.
// Above the row the numbers count up, so that the order of numbers is the order of calls.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <kith/errors.hpp>
#include <kith/identity.hpp>

namespace kith::rpc {

class call_table {
 public:
  /// At once.
  static constexpr std::size_t most = std::size_t{1} << 16;

  struct placed {
    node_id peer;
    std::uint64_t position = 0;  ///< of the envelope in the link's stream
  };

  /// A new call's number; there are fewer than `most`.
  std::uint64_t begin();
  void written(std::uint64_t id, const node_id& peer, std::uint64_t position);
  /// Takes the call out; nullopt when it is unknown: an outcome is given once.
  /// `answered_by`: it counts only when the call was written to that peer.
  std::optional<outcome> end(std::uint64_t id, const node_id* answered_by = nullptr);
  /// Takes the call back from the peer that it was written to: it waits again. As `end` otherwise.
  std::optional<outcome> take_back(std::uint64_t id, const node_id* answered_by = nullptr);
  /// Takes back all calls written to that peer, with what may have happened to each.
  std::vector<std::pair<std::uint64_t, outcome>> lose(const node_id& peer, std::uint64_t taken);

  [[nodiscard]] bool has(std::uint64_t id) const noexcept;
  /// Less than `most`, and of no other call as long as this one has no outcome.
  static std::size_t row_of(std::uint64_t id) noexcept { return id % most; }
  [[nodiscard]] std::uint32_t outstanding(const node_id& peer) const;
  [[nodiscard]] std::optional<placed> where(std::uint64_t id) const;
  /// In the order of the calls.
  [[nodiscard]] std::vector<std::uint64_t> all() const;
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size() - free_.size(); }

 private:
  using counts = std::map<node_id, std::uint32_t>;
  struct row {
    std::uint64_t id = 0;              ///< 0: no call
    counts::value_type* at = nullptr;  ///< the peer, once it was written
    std::uint64_t position = 0;
  };

  std::optional<outcome> release(row& call, const node_id* answered_by);
  void clear(row& ended);

  std::vector<row> rows_;
  std::vector<std::uint32_t> free_;
  counts outstanding_;  ///< a peer stays until its link is lost
  std::uint64_t sequence_ = 0;
};

}  // namespace kith::rpc
