// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calling side: gives every call its one outcome. A call is made of attempts: it is repeated at
// another instance where that is safe, and hedged where it is late.
//
// Design notes
// - The first attempt has the call's own number and row, and so have its repetitions, one after the
//   other; a hedge is a second attempt beside it, with a number of its own.
// - One timer for each call: at its deadline, or before that for a repetition that pauses or for
//   the hedge.
// - What a call was decided by is written down only when somebody asks for it, and from the first
//   attempt in vain on.
// - A stream is a call until an instance has begun it (client_streams.cpp): chosen, repeated and
//   timed like any other. From then on it has no row here, and the stream table has it.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kith/call.hpp>
#include <kith/introspection.hpp>

#include "base/config_limits.hpp"
#include "base/log.hpp"
#include "ledger/books.hpp"
#include "ledger/tracer.hpp"
#include "peers/hub.hpp"
#include "resilience/retry_budget.hpp"
#include "resilience/retry_delay.hpp"
#include "rpc/attempt_budgets.hpp"
#include "rpc/call_table.hpp"
#include "rpc/chooser.hpp"
#include "rpc/failure_lines.hpp"
#include "rpc/pending_calls.hpp"
#include "rpc/retry_rule.hpp"
#include "rpc/stream_table.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

struct client_options {
  duration default_deadline = std::chrono::seconds{1};
  /// Without an outcome; more are refused: queue_full.
  std::size_t max_calls = call_table::most;
  /// Of their bodies, unless there is only one.
  std::size_t max_octets = std::size_t{256} * 1024 * 1024;
  /// Of one call, its hedge included; 1: none is repeated. At most most_attempts.
  std::uint32_t max_attempts = 3;
  bool hedge = true;
  resilience::retry_budget_options retries{};
  resilience::retry_budget_options hedges = resilience::hedge_budget;
  resilience::retry_delay_options pauses{};
  chooser_options choosing{};
};

class client final : public detail::caller,
                     public peers::link_watcher,
                     public peers::reply_handler {
 public:
  client(runtime::loop& loop, peers::hub& hub, instance_source& instances, ledger::books& books,
         ledger::tracer& tracer, log_sink& log, client_options options);
  /// Calls without an outcome are dropped silently: `stop` first.
  ~client() override;

  std::uint64_t start(detail::raw_call call, detail::raw_completion done) override;
  void give_up(std::uint64_t id) override;
  std::unique_ptr<detail::incoming_stream> open(detail::raw_call call) override;
  /// Ends every call and every stream: shutting_down.
  void stop();

  /// Calls without an outcome and open streams.
  [[nodiscard]] std::size_t outstanding(const node_id& peer) const {
    return table_.outstanding(peer) + streams_.count(peer);
  }
  /// Of a call that this node has on its way, or of a stream; empty when there is none.
  [[nodiscard]] std::string method_of(std::uint64_t id) const;
  /// Whether one of its methods was called after `since`.
  [[nodiscard]] bool has_called(std::string_view service, time_point since) const {
    return chooser_.has_called(service, since);
  }
  [[nodiscard]] std::vector<breaker_info> breakers(std::size_t most) const {
    return chooser_.breakers(most);
  }
  [[nodiscard]] std::vector<callee> callees(std::size_t most) const {
    return chooser_.callees(most);
  }
  /// Calls without an outcome, and how many there may be.
  [[nodiscard]] queue_info calls() const {
    return {"outgoing_calls", table_.size(), options_.max_calls};
  }
  [[nodiscard]] std::vector<budget_info> budgets() const { return budgets_.all(); }
  /// A member is no longer known.
  void forget(const node_id& peer) { chooser_.forget(peer); }

  // peers::link_watcher
  void on_link_open(const node_description& peer) override;
  void on_link_lost(const node_id& peer, std::string_view why, std::uint64_t taken) override;
  // peers::reply_handler
  bool on_reply(const node_id& peer, const wire::reply& answer) override;
  bool on_error_reply(const node_id& peer, const wire::error_reply& answer) override;
  bool on_item(const node_id& peer, const wire::item& one) override;
  bool on_credit(const node_id& peer, const wire::credit& more) override;
  void on_room(const node_id& peer) override { streams_.on_room(peer); }

  /// Somebody came into rotation: those who wait try again.
  void retry_waiting();

 private:
  [[nodiscard]] std::optional<error> objection_to(const detail::raw_call& call) const;
  [[nodiscard]] outcome outcome_of(const pending_call& p) const noexcept;
  std::uint64_t begin();
  route& route_of(pending_call& p);
  void wait(std::uint64_t id);
  bool try_send(pending_call& p);
  void send_again(std::uint64_t id);
  void send(pending_call& p, std::uint64_t id, const candidate& to);
  result<std::uint64_t> write(const node_description& peer, pending_call& p, std::uint64_t id);
  void plan_hedge(pending_call& p, const route& to);
  void hedge(pending_call& p);
  bool complete(const node_id& peer, const wire::reply& answer);
  bool is_begun(const node_id& peer, std::uint64_t stream);
  void arm(pending_call& p);
  void on_timer(std::uint64_t id);
  void on_deadline(pending_call& p);
  void note_attempt(pending_call& p, std::uint64_t id, const node_description& peer);
  void begin_notes(pending_call& p);
  void note_times(const pending_call& p, std::uint64_t which,
                  const std::optional<wire::reply_times>& times);
  void conclude(pending_call& p, const error* why, bool told_by_peer);
  [[nodiscard]] std::array<std::uint8_t, 8> parent_of(const detail::raw_call& call) const;
  void tell_span(const pending_call& ended, const error* why) const;
  void settle(std::uint64_t which, resilience::verdict what);
  void on_attempt_failed(std::uint64_t which, error why, bool told_by_peer);
  void repeat_or_finish(pending_call& p, error why, bool told_by_peer);
  void end(pending_call& p, resilience::verdict what);
  void count_time(const pending_call& ended) const;
  void drop_body(pending_call& p) noexcept;
  void tell(pending_call& ended, result<std::string_view> outcome);
  detail::raw_completion take(pending_call& ended);
  void finish(pending_call& p, error why, bool told_by_peer = false);

  runtime::loop& loop_;
  peers::hub& hub_;
  ledger::tracer& tracer_;
  client_options options_;
  chooser chooser_;
  attempt_budgets budgets_;
  call_table table_;
  pending_calls pending_;
  std::deque<std::uint64_t> waiting_;
  std::size_t held_octets_ = 0;  ///< bodies of calls without an outcome
  failure_lines lines_;
  stream_table streams_;
  bool stopped_ = false;
};

}  // namespace kith::rpc
