// SPDX-License-Identifier: MPL-2.0
#pragma once

// How many extra calls a service may cause: a part of its calls, or some each second where that is
// more, saved up to a bound (Finagle's RetryBudget; SRE book, "Handling Overload"). A failing
// service then gets at most so much more load, however many callers retry. One for all extra calls,
// and within it a smaller one for hedges.

#include <algorithm>

#include <kith/time.hpp>

namespace kith::resilience {

struct retry_budget_options {
  double per_call = 0.2;   ///< what each call adds
  double per_second = 10;  ///< for who calls seldom: what its calls add counts towards it
  double burst = 100;      ///< the most that is saved; bounds what comes at once
};
/// For hedged calls: a tenth, and nothing for nothing.
inline constexpr retry_budget_options hedge_budget{.per_call = 0.1, .per_second = 0, .burst = 20};

class retry_budget {
 public:
  /// Begins with a second's worth. Nothing of `options` is negative.
  explicit retry_budget(retry_budget_options options = {}) noexcept;

  /// For each call, its first attempt.
  void on_call(time_point now) noexcept;
  /// Whether one more attempt may be made now.
  [[nodiscard]] bool may_spend(time_point now) noexcept;
  /// For each further attempt: false when it must not be made.
  [[nodiscard]] bool try_spend(time_point now) noexcept;

  /// As of the latest call or attempt.
  [[nodiscard]] double saved() const noexcept { return by_calls_ + std::max(by_time_, 0.0); }

 private:
  void earn(time_point now) noexcept;

  retry_budget_options options_;
  double by_calls_ = 0;
  double by_time_;  ///< less what calls have added; owed for a second at most
  time_point since_{};
  bool begun_ = false;
};

}  // namespace kith::resilience
