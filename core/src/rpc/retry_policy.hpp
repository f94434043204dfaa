// SPDX-License-Identifier: MPL-2.0
#pragma once

// Whether and when a call is attempted once more: after an attempt in vain, by the rule, a pause
// and a budget; or beside one that is late, which is a hedge.

#include <cstdint>
#include <vector>

#include <kith/introspection.hpp>

#include "resilience/retry_budget.hpp"
#include "resilience/retry_delay.hpp"
#include "rpc/attempt_budgets.hpp"
#include "rpc/chooser.hpp"
#include "rpc/pending_calls.hpp"
#include "rpc/retry_rule.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

struct retry_options {
  std::uint32_t max_attempts = 3;  ///< of one call, its hedge included; 1: none is repeated
  bool hedge = true;
  resilience::retry_budget_options repeats{};
  resilience::retry_budget_options hedges = resilience::hedge_budget;
  resilience::retry_delay_options pauses{};
};

class retry_policy {
 public:
  enum class step : std::uint8_t {
    finish,
    move,   ///< to another instance, at once
    pause,  ///< its schedule says until when
  };

  /// At most `most_attempts` of a call, whatever the options say.
  retry_policy(runtime::loop& loop, chooser& choosing, ledger::books& books,
               const retry_options& options);

  [[nodiscard]] bool repeats() const noexcept { return options_.max_attempts > 1; }
  /// A call begins.
  void on_call() { budgets_.on_call(loop_.now()); }
  /// Its first attempt goes by that route.
  void plan_hedge(pending_call& p, const route& to);
  /// Whether a hedge may be made now: then it is.
  bool spend_hedge() { return budgets_.spend_hedge(loop_.now()); }
  /// An attempt came to that, and no other one is on its way.
  step after(pending_call& p, const error& why);

  [[nodiscard]] std::vector<budget_info> budgets() const { return budgets_.all(); }

 private:
  runtime::loop& loop_;
  chooser& chooser_;
  retry_options options_;
  attempt_budgets budgets_;
};

}  // namespace kith::rpc
