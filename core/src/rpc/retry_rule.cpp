// SPDX-License-Identifier: MPL-2.0
#include "rpc/retry_rule.hpp"

namespace kith::rpc {

using resilience::verdict;

verdict verdict_of(const error& why) noexcept {
  if (why.code == condition::overloaded || why.outcome == outcome::not_sent) {
    return verdict::ignored;
  }
  if (why.code == condition::broken || why.code == condition::disconnected) {
    return verdict::failure;
  }
  return why.outcome == outcome::answered ? verdict::success : verdict::ignored;
}

bool may_repeat(const error& why, const attempt_state& state) noexcept {
  if (state.attempts >= state.max_attempts || why.code == condition::failed ||
      why.code == errc::deadline_exceeded) {
    return false;
  }
  switch (why.outcome) {
    case outcome::not_sent: return true;
    case outcome::outcome_unknown: return state.idempotent;
    case outcome::answered: return state.idempotent && why.code == condition::broken;
  }
  return false;
}

bool is_moved(const error& why) noexcept {
  return why.outcome == outcome::not_sent && why.code == condition::disconnected &&
         why.code != errc::deadline_exceeded;
}

bool may_hedge(const detail::raw_call& call) noexcept {
  return call.traits.idempotent && !call.traits.waits && !call.instance && call.routing_key.empty();
}

}  // namespace kith::rpc
