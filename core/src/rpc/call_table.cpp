// SPDX-License-Identifier: MPL-2.0
#include "rpc/call_table.hpp"

#include <algorithm>

namespace kith::rpc {

void call_table::written(std::uint64_t id, const node_id& peer, std::uint64_t position) {
  calls_[id] = placed{peer, position};
  ++outstanding_[peer];
}

void call_table::left(const node_id& peer) {
  const auto found = outstanding_.find(peer);
  if (found != outstanding_.end() && --found->second == 0) {
    outstanding_.erase(found);
  }
}

std::optional<outcome> call_table::end(std::uint64_t id, const node_id* answered_by) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) {
    return std::nullopt;
  }
  const auto at = found->second;
  if (answered_by != nullptr && (!at || at->peer != *answered_by)) {
    return std::nullopt;
  }
  calls_.erase(found);
  if (!at) {
    return outcome::not_sent;
  }
  left(at->peer);
  return answered_by != nullptr ? outcome::answered : outcome::outcome_unknown;
}

std::vector<std::pair<std::uint64_t, outcome>> call_table::lose(const node_id& peer,
                                                                std::uint64_t taken) {
  std::vector<std::pair<std::uint64_t, outcome>> lost;
  for (auto at = calls_.begin(); at != calls_.end();) {
    if (at->second && at->second->peer == peer) {
      lost.emplace_back(
          at->first, at->second->position > taken ? outcome::not_sent : outcome::outcome_unknown);
      at = calls_.erase(at);
    } else {
      ++at;
    }
  }
  outstanding_.erase(peer);
  std::sort(lost.begin(), lost.end());  // in the order of the calls, whatever the hash says
  return lost;
}

std::uint32_t call_table::outstanding(const node_id& peer) const {
  const auto found = outstanding_.find(peer);
  return found == outstanding_.end() ? 0 : found->second;
}

std::optional<call_table::placed> call_table::where(std::uint64_t id) const {
  const auto found = calls_.find(id);
  return found == calls_.end() ? std::nullopt : found->second;
}

}  // namespace kith::rpc
