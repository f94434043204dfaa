// SPDX-License-Identifier: MPL-2.0
#pragma once

// How long a call waits before its next attempt: full jitter as Envoy has it, uniform in
// [0, base × (2^k − 1)) before the k-th retry, at most `cap`. The peer's pushback overrides it.

#include <cstdint>
#include <optional>

#include <kith/errors.hpp>
#include <kith/time.hpp>

namespace kith::resilience {

struct retry_delay_options {
  duration base = std::chrono::milliseconds{25};
  duration cap = std::chrono::milliseconds{250};
};

/// bad_config when one of them is not positive; `where` is the option.
result<void> check(const retry_delay_options& options);

/// `retry` counts from 1; `draw` is any 64-bit number of a random_source. After a pushback never
/// less than it, and at most a fifth more, so that who was sent away does not come back together.
duration retry_delay(const retry_delay_options& options, std::uint32_t retry, std::uint64_t draw,
                     std::optional<duration> pushback = {}) noexcept;

}  // namespace kith::resilience
