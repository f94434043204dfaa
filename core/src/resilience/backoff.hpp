// SPDX-License-Identifier: MPL-2.0
#pragma once

// Exponential back-off with full jitter (Marc Brooker, "Exponential Backoff And Jitter", AWS
// Architecture Blog, 2015): the n-th delay is uniform in [0, min(cap, base x factor^(n-1))), or, by
// `spread`, around that. It starts over only when the link has stayed up for a while, so a peer
// that accepts and closes is not hammered.

#include <chrono>
#include <cstdint>
#include <optional>

#include <kith/errors.hpp>
#include <kith/time.hpp>

#include "base/random.hpp"

namespace kith::resilience {

struct backoff_options {
  duration base = std::chrono::milliseconds{50};
  duration cap = std::chrono::seconds{5};
  duration healthy_after = std::chrono::seconds{5};  ///< up for so long: start over
  double factor = 2;
  /// Nothing: full jitter. Else each delay is the exponential one times 1 ± this, from 0 (exact) to
  /// 1; so it may exceed `cap` by as much (gRPC A6 has 0.2).
  std::optional<double> spread{};
};

/// bad_config for what is no back-off: `where` is the option. (A base of zero is one that does not
/// wait; the class takes it, a setting should not.)
result<void> check(const backoff_options& options);

class backoff {
 public:
  explicit backoff(backoff_options options = {}) noexcept : options_{options} {}

  /// The delay before the next attempt; each call counts as one failed attempt.
  [[nodiscard]] duration next(random_source& random) noexcept;
  void on_up(time_point now) noexcept { up_since_ = now; }
  /// Starts over when the link had been up for `healthy_after`.
  void on_down(time_point now) noexcept;
  void reset() noexcept { attempts_ = 0; }
  [[nodiscard]] std::uint32_t attempts() const noexcept { return attempts_; }

 private:
  backoff_options options_;
  std::uint32_t attempts_ = 0;
  std::optional<time_point> up_since_;
};

}  // namespace kith::resilience
