// SPDX-License-Identifier: MPL-2.0
#include "rpc/call_table.hpp"

#include <algorithm>

namespace kith::rpc {

std::uint64_t call_table::begin() {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(rows_.size()));
    rows_.emplace_back();
  }
  const auto index = free_.back();
  free_.pop_back();
  return rows_[index].id = ++sequence_ * most + index;
}

bool call_table::has(std::uint64_t id) const noexcept {
  const auto index = row_of(id);
  return id != 0 && index < rows_.size() && rows_[index].id == id;
}

void call_table::written(std::uint64_t id, const node_id& peer, std::uint64_t position) {
  auto& call = rows_[row_of(id)];
  call.at = &*outstanding_.try_emplace(peer).first;
  call.position = position;
  ++call.at->second;
}

void call_table::clear(row& ended) {
  ended = {};
  free_.push_back(static_cast<std::uint32_t>(&ended - rows_.data()));
}

/// From the peer that has it, if any.
std::optional<outcome> call_table::release(row& call, const node_id* answered_by) {
  auto* const at = call.at;
  if (answered_by != nullptr && (at == nullptr || at->first != *answered_by)) {
    return std::nullopt;
  }
  call.at = nullptr;
  if (at == nullptr) {
    return outcome::not_sent;
  }
  --at->second;
  return answered_by != nullptr ? outcome::answered : outcome::outcome_unknown;
}

std::optional<outcome> call_table::end(std::uint64_t id, const node_id* answered_by) {
  const auto what = take_back(id, answered_by);
  if (what) {
    clear(rows_[row_of(id)]);
  }
  return what;
}

std::optional<outcome> call_table::take_back(std::uint64_t id, const node_id* answered_by) {
  return has(id) ? release(rows_[row_of(id)], answered_by) : std::nullopt;
}

std::vector<std::pair<std::uint64_t, outcome>> call_table::lose(const node_id& peer,
                                                                std::uint64_t taken) {
  std::vector<std::pair<std::uint64_t, outcome>> lost;
  const auto found = outstanding_.find(peer);
  if (found == outstanding_.end()) {
    return lost;
  }
  for (auto& call : rows_) {
    if (call.id != 0 && call.at == &*found) {
      lost.emplace_back(call.id,
                        call.position > taken ? outcome::not_sent : outcome::outcome_unknown);
      call.at = nullptr;
    }
  }
  outstanding_.erase(found);
  std::sort(lost.begin(), lost.end());  // in the order of the calls
  return lost;
}

std::vector<std::uint64_t> call_table::all() const {
  std::vector<std::uint64_t> ids;
  for (const auto& call : rows_) {
    if (call.id != 0) {
      ids.push_back(call.id);
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::uint32_t call_table::outstanding(const node_id& peer) const {
  const auto found = outstanding_.find(peer);
  return found == outstanding_.end() ? 0 : found->second;
}

std::optional<call_table::placed> call_table::where(std::uint64_t id) const {
  if (!has(id)) {
    return std::nullopt;
  }
  const auto& call = rows_[row_of(id)];
  return call.at == nullptr ? std::nullopt : std::optional{placed{call.at->first, call.position}};
}

}  // namespace kith::rpc
