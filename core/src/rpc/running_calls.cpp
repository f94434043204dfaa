// SPDX-License-Identifier: MPL-2.0
#include "rpc/running_calls.hpp"

namespace kith::rpc {

void running_call::interrupt() {
  if (!context.cancelled()) {
    context.set_cancelled();
    if (cancel != nullptr) {
      cancel->request();
    }
  }
}

running_call& running_calls::add(const call_key& at, registered_method& which,
                                 call_context context) {
  const auto [row, fresh] =
      rows_.try_emplace(at, std::make_unique<running_call>(std::move(context), which));
  if (fresh) {
    reserved_ += which.reserved ? 1 : 0;
    untimed_ += which.is_untimed() ? 1 : 0;
  }
  return *row->second;
}

void running_calls::remove(const call_key& at) {
  const auto found = rows_.find(at);
  if (found != rows_.end()) {
    const auto& which = *found->second->which;
    reserved_ -= which.reserved ? 1 : 0;
    untimed_ -= which.is_untimed() ? 1 : 0;
    rows_.erase(found);
  }
}

std::vector<call_key> running_calls::of(peers::session_id from) const {
  std::vector<call_key> theirs;
  for (auto at = rows_.lower_bound({from, 0}); at != rows_.end() && at->first.first == from; ++at) {
    theirs.push_back(at->first);
  }
  return theirs;
}

std::vector<call_key> running_calls::streams() const {
  std::vector<call_key> all;
  for (const auto& [at, call] : rows_) {
    if (call->out && !call->context.cancelled()) {
      all.push_back(at);
    }
  }
  return all;
}

}  // namespace kith::rpc
