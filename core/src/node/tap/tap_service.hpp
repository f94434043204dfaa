// SPDX-License-Identifier: MPL-2.0
#pragma once

// Serves `kith.tap`: who may see what, and one reader of the flight recorder for each stream. A
// tap whose caller takes nothing waits here with its cursor, and the recorder goes on without it;
// for so long only, since a tap has one of a few places and makes each packet cost more.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <kith/call.hpp>
#include <kith/config.hpp>
#include <kith/introspection.hpp>

#include "node/tap/tap_items.hpp"
#include "node/tap/tap_reader.hpp"
#include "runtime/loop.hpp"

namespace kith {

class tap_service {
 public:
  static constexpr std::size_t most = 8;  ///< taps at once; more are refused: overloaded
  /// A caller that has had no room for a batch for so long is given up: overloaded, too.
  static constexpr duration patience = std::chrono::seconds{10};

  tap_service(runtime::loop& loop, ledger::flight_recorder& recorder, const tap_lookup& node,
              const config& settings, const wire::limits& bounds)
      : loop_{loop},
        recorder_{recorder},
        node_{node},
        settings_{settings},
        bounds_{bounds},
        items_{bounds} {}
  tap_service(const tap_service&) = delete;
  tap_service& operator=(const tap_service&) = delete;
  ~tap_service() { stop(); }

  /// Before anything is recorded: from now on it sees when the calendar is set.
  void start();
  void stop() noexcept { loop_.cancel(timer_); }

  /// A stream's handler. `is_private`: nobody but who may see this node's packets can reach it.
  task<std::string> run(tap_request wanted, detail::outgoing_stream& to, const call_context& call,
                        bool is_private);

  /// What is not to be recorded.
  [[nodiscard]] transport::recording_rule& rule() noexcept { return items_; }

  [[nodiscard]] tap_counts counts() const noexcept { return {taps_, given_up_, missed_}; }

 private:
  class seat;

  [[nodiscard]] std::optional<error> objection_to(bool is_private) const;
  [[nodiscard]] tap_discretion discretion_for(const call_context& call) const;
  [[nodiscard]] operation<void> pause(duration span) const;
  void set_cuts() noexcept;
  task<void> give(operation<void> writing, detail::outgoing_stream& to);

  runtime::loop& loop_;
  ledger::flight_recorder& recorder_;
  const tap_lookup& node_;
  const config& settings_;
  const wire::limits& bounds_;
  tap_items items_;
  std::size_t taps_ = 0;
  std::size_t following_ = 0;   ///< of them, those that show what passes now
  std::size_t event_taps_ = 0;  ///< of these, those that show events
  std::uint64_t given_up_ = 0;
  std::uint64_t missed_ = 0;
  calendar days_;
  runtime::timer_id timer_ = runtime::timer_id::none;
};

}  // namespace kith
