// SPDX-License-Identifier: MPL-2.0
#include "rpc/retry_policy.hpp"

#include <algorithm>
#include <optional>

#include "base/config_limits.hpp"

namespace kith::rpc {
namespace {

/// A sooner hedge would cost more than it gains.
constexpr duration soonest_hedge = std::chrono::milliseconds{1};

}  // namespace

retry_policy::retry_policy(runtime::loop& loop, chooser& choosing, ledger::books& books,
                           const retry_options& options)
    : loop_{loop},
      chooser_{choosing},
      options_{options},
      budgets_{books, options.repeats, options.hedges} {
  options_.max_attempts = std::clamp(options_.max_attempts, 1U, most_attempts);
}

/// It is late when nineteen of twenty would have been answered.
void retry_policy::plan_hedge(pending_call& p, const route& to) {
  if (!options_.hedge || !repeats() || !may_hedge(p.call)) {
    return;
  }
  budgets_.on_call_to_hedge(loop_.now());
  if (const auto usual = to.latencies.p95(); usual && to.by.size() > 1) {
    p.when.hedge_at = loop_.time_after(std::max(*usual, soonest_hedge));
  }
}

retry_policy::step retry_policy::after(pending_call& p, const error& why) {
  const auto made = p.attempts + (p.hedged ? 1 : 0);
  if (p.call.instance ||
      !may_repeat(why, {p.call.traits.idempotent, made, options_.max_attempts})) {
    return step::finish;
  }
  p.when.hedge_at.reset();
  if (is_moved(why)) {
    return step::move;
  }
  const auto pushback =
      why.retry_after > duration{} ? std::optional{why.retry_after} : std::nullopt;
  const auto pause =
      resilience::retry_delay(options_.pauses, p.attempts, loop_.random()(), pushback);
  const bool in_time = pause < p.when.deadline - loop_.now();
  if (!in_time || !chooser_.has_other(p.call, p.failed) || !budgets_.spend_repeat(loop_.now())) {
    return step::finish;
  }
  p.when.repeat_at = loop_.now() + pause;
  return step::pause;
}

}  // namespace kith::rpc
