// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calls without an outcome yet, and what may be said of each when something ends it. Pure.
//
//   waiting  no instance yet, nothing was written       -> not_sent
//   written  the envelope is in the queue of a link     -> outcome_unknown, unless the link is lost
//                                                          before the transport took it: not_sent

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include <kith/errors.hpp>
#include <kith/identity.hpp>

namespace kith::rpc {

class call_table {
 public:
  struct placed {
    node_id peer;
    std::uint64_t position = 0;  ///< of the envelope in the link's stream
  };

  void add(std::uint64_t id) { calls_.try_emplace(id); }
  void written(std::uint64_t id, const node_id& peer, std::uint64_t position);
  /// Takes the call out; nullopt when it is unknown: an outcome is given once.
  /// `answered_by`: it counts only when the call was written to that peer.
  std::optional<outcome> end(std::uint64_t id, const node_id* answered_by = nullptr);
  /// Takes out all calls written to that peer, with what may have happened to each.
  std::vector<std::pair<std::uint64_t, outcome>> lose(const node_id& peer, std::uint64_t taken);

  [[nodiscard]] std::uint32_t outstanding(const node_id& peer) const;
  [[nodiscard]] std::optional<placed> where(std::uint64_t id) const;
  [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }

 private:
  void left(const node_id& peer);

  std::unordered_map<std::uint64_t, std::optional<placed>> calls_;
  std::map<node_id, std::uint32_t> outstanding_;
};

}  // namespace kith::rpc
