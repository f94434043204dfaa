// SPDX-License-Identifier: MPL-2.0
#pragma once

// How many calls may be attempted more than once: repetitions by a budget, hedges by that one and a
// smaller one of their own, with both in the books.

#include <vector>

#include <kith/introspection.hpp>

#include "ledger/books.hpp"
#include "resilience/retry_budget.hpp"

namespace kith::rpc {

class attempt_budgets {
 public:
  attempt_budgets(ledger::books& books, const resilience::retry_budget_options& repeats,
                  const resilience::retry_budget_options& hedges)
      : repeated_{flow_of(books, "(repeated)")},
        hedged_{flow_of(books, "(hedged)")},
        repeats_{repeats},
        hedges_{hedges} {}

  void on_call(time_point now) { repeats_.on_call(now); }
  void on_call_to_hedge(time_point now) { hedges_.on_call(now); }
  /// Whether it may be done now: then it is.
  bool spend_repeat(time_point now) { return counted(repeated_, repeats_.try_spend(now)); }
  /// It is an extra call like any other: of a failing service it is not made on top of the repeats.
  bool spend_hedge(time_point now) {
    return counted(hedged_,
                   hedges_.may_spend(now) && repeats_.try_spend(now) && hedges_.try_spend(now));
  }
  [[nodiscard]] std::vector<budget_info> all() const {
    return {{"repeats", repeats_.saved()}, {"hedges", hedges_.saved()}};
  }

 private:
  static ledger::flow& flow_of(ledger::books& books, const char* what) {
    return books.open(ledger::scope::method, ledger::direction::outbound, what);
  }
  static bool counted(ledger::flow& counters, bool allowed) {
    ++counters.sent;
    if (allowed) {
      ++counters.delivered;
    } else {
      counters.drop(ledger::drop_reason::no_budget);
    }
    return allowed;
  }

  ledger::flow& repeated_;
  ledger::flow& hedged_;
  resilience::retry_budget repeats_;
  resilience::retry_budget hedges_;
};

}  // namespace kith::rpc
