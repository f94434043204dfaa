// SPDX-License-Identifier: MPL-2.0
#include "rpc/call_queue.hpp"

#include <utility>

namespace kith::rpc {
namespace {

call_key key_of(const resilience::admission_queue::entry& one) {
  return {static_cast<peers::session_id>(one.caller), one.call};
}

}  // namespace

call_queue::admission call_queue::admit(const call_key& at, const registered_method& which,
                                        time_point deadline, std::size_t octets, time_point now,
                                        std::uint32_t at_once) {
  const auto said = queue_.push(
      {static_cast<std::uint64_t>(at.first), at.second, deadline, which.mean.value(), octets}, now,
      at_once);
  admission told{said.refused, {}};
  if (said.pushed_out) {
    const auto out = key_of(*said.pushed_out);
    told.other = pushed_out{out, take(out).which};
  }
  return told;
}

std::optional<call_queue::turn> call_queue::pop(time_point now) {
  const auto next = queue_.pop(now);
  if (!next) {
    return std::nullopt;
  }
  const auto at = key_of(next->which);
  return turn{at, take(at), next->fate};
}

registered_method* call_queue::remove(const call_key& at) {
  return queue_.remove(static_cast<std::uint64_t>(at.first), at.second) ? take(at).which : nullptr;
}

std::vector<registered_method*> call_queue::remove_all(peers::session_id from) {
  std::vector<registered_method*> gone;
  for (const auto& one : queue_.remove_all(static_cast<std::uint64_t>(from))) {
    gone.push_back(take(key_of(one)).which);
  }
  return gone;
}

waiting_call call_queue::take(const call_key& at) {
  auto node = calls_.extract(at);
  return std::move(node.mapped());
}

}  // namespace kith::rpc
