// SPDX-License-Identifier: MPL-2.0
#include "node/node_options.hpp"

#include <algorithm>

namespace kith::detail {
namespace {

using namespace std::chrono_literals;

resilience::circuit_breaker_options breaker_options_of(const config& settings) {
  constexpr double never = 101;
  resilience::circuit_breaker_options options;
  options.failure_rate_percent =
      settings.breaker_failure_percent > 0 ? settings.breaker_failure_percent : never;
  if (settings.breaker_slow > duration{}) {
    options.slow_call = settings.breaker_slow;
  }
  options.slow_rate_percent = settings.breaker_slow_percent;
  options.window_time = settings.breaker_window;
  options.window_calls = settings.breaker_window_calls;
  options.minimum_calls = options.window_calls > 0 ? std::min(settings.breaker_minimum_calls,
                                                              settings.breaker_window_calls)
                                                   : settings.breaker_minimum_calls;
  return options;
}

}  // namespace

peers::hub_options hub_options_of(const config& settings) {
  peers::hub_options options;
  options.heartbeat = settings.heartbeat;
  options.session_silence = 20 * duration{settings.heartbeat};
  options.leaving_grace = settings.drain + 5s;
  options.link_budget_bytes = settings.link_budget_bytes;
  options.bounds.message_bytes = settings.message_bytes;
  return options;
}

rpc::client_options client_options_of(const config& settings) {
  rpc::client_options options;
  options.default_deadline = settings.default_deadline;
  options.retrying.max_attempts = settings.attempts;
  options.retrying.hedge = settings.hedge;
  options.choosing.balance = settings.balance;
  options.choosing.zone = settings.zone;
  options.choosing.slow_start = settings.slow_start;
  options.choosing.breaker = breaker_options_of(settings);
  return options;
}

rpc::server_options server_options_of(const config& settings) {
  rpc::server_options options;
  options.calls.limit.fixed = settings.max_calls;
  options.calls.queue.capacity = settings.call_queue;
  return options;
}

}  // namespace kith::detail
