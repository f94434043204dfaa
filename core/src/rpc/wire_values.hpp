// SPDX-License-Identifier: MPL-2.0
#pragma once

// Spans and errors between a call and its envelopes.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include <kith/errors.hpp>
#include <kith/time.hpp>

#include "wire/envelope.hpp"

namespace kith::rpc {

/// Rounded up; as much as the field holds.
inline std::uint32_t whole_milliseconds(duration span) {
  constexpr std::chrono::milliseconds most{std::numeric_limits<std::uint32_t>::max()};
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(span);
  return static_cast<std::uint32_t>(std::clamp(whole, std::chrono::milliseconds{0}, most).count());
}

inline error error_in(const wire::error_reply& answer) {
  error why{answer.code, std::string{answer.message}, answer.outcome, std::string{answer.where}};
  why.retry_after = std::chrono::milliseconds{answer.retry_after_ms};
  return why;
}

}  // namespace kith::rpc
