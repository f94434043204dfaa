// SPDX-License-Identifier: MPL-2.0
#pragma once

// What an attempt's end says of the peer, and whether there may be another attempt. Pure.

#include <cstdint>
#include <optional>

#include <kith/call.hpp>
#include <kith/errors.hpp>
#include <kith/time.hpp>

#include "resilience/circuit_breaker.hpp"

namespace kith::rpc {

/// How an attempt counts for the peer's breaker and its load. By condition: an answer that blames
/// the caller is a good answer, and who says that it is overloaded is not broken.
resilience::verdict verdict_of(const error& why) noexcept;

struct attempt_state {
  bool idempotent = false;
  std::uint32_t attempts = 1;      ///< made so far
  std::uint32_t max_attempts = 3;  ///< 1: none is repeated
};

/// Whether the call may be sent to another instance after this end of an attempt: what certainly
/// did not happen always, what may have happened only when it is idempotent.
bool may_repeat(const error& why, const attempt_state& state) noexcept;

/// It moves to another instance, and no server worked for it: that needs no budget and no pause.
bool is_moved(const error& why) noexcept;

/// Whether a second attempt may be made beside the first: of what may be done twice, anywhere, and
/// is not late by nature.
bool may_hedge(const detail::raw_call& call) noexcept;

}  // namespace kith::rpc
