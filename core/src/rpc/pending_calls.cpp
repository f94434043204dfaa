// SPDX-License-Identifier: MPL-2.0
#include "rpc/pending_calls.hpp"

#include <utility>

namespace kith::rpc {

detail::raw_completion pending_call::take() {
  id = 0;
  call.body = {};
  failed.clear();
  last.reset();
  notes.reset();
  repeat_at.reset();
  hedge_at.reset();
  attempts = 0;
  hedged = uncertain = false;
  return std::exchange(done, {});
}

void pending_calls::make_rows(std::uint64_t id) {
  while (calls_.size() <= call_table::row_of(id)) {
    calls_.emplace_back();
    attempts_.emplace_back();
  }
}

const pending_call* pending_calls::call_of(std::uint64_t which) const noexcept {
  if (!is_on_its_way(which)) {
    return nullptr;
  }
  const auto row = call_table::row_of(attempt_of(which).call);
  return row < calls_.size() ? &calls_[row] : nullptr;
}

}  // namespace kith::rpc
