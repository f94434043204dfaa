// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calling side: gives every call its one outcome. A call is made of attempts: it is repeated at
// another instance where that is safe, and hedged where it is late.
//
// Design notes
// - The first attempt has the call's own number and row, and so have its repetitions, one after the
//   other; a hedge is a second attempt beside it, with a number of its own.
// - One timer for each call, by its schedule: at its deadline, or before that for a repetition that
//   pauses or for the hedge.
// - A stream is a call until an instance has begun it: chosen, repeated and timed like any other.
//   From then on it has no row here, and the stream table has it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kith/call.hpp>
#include <kith/introspection.hpp>

#include "base/log.hpp"
#include "ledger/books.hpp"
#include "ledger/tracer.hpp"
#include "peers/hub.hpp"
#include "rpc/attempts.hpp"
#include "rpc/call_limits.hpp"
#include "rpc/call_reports.hpp"
#include "rpc/call_table.hpp"
#include "rpc/chooser.hpp"
#include "rpc/pending_calls.hpp"
#include "rpc/retry_policy.hpp"
#include "rpc/stream_table.hpp"
#include "rpc/waiting_line.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

struct client_options {
  duration default_deadline = std::chrono::seconds{1};
  /// Without an outcome; more are refused: queue_full.
  std::size_t max_calls = call_table::most;
  /// Of their bodies, unless there is only one.
  std::size_t max_octets = std::size_t{256} * 1024 * 1024;
  retry_options retrying{};
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
    return attempts_.outstanding(peer) + streams_.count(peer);
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
    return {"outgoing_calls", attempts_.numbers(), limits_.calls()};
  }
  [[nodiscard]] std::vector<budget_info> budgets() const { return retries_.budgets(); }
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
  /// The call that an attempt on its way belongs to; null when there is none.
  [[nodiscard]] pending_call* call_of(std::uint64_t which) noexcept {
    return pending_.find(attempts_.call_of(which));
  }
  route& route_of(pending_call& p) { return chooser_.route_of(p.call, p.way); }
  void wait(std::uint64_t id);
  bool try_send(pending_call& p);
  void send_again(std::uint64_t id);
  void send(pending_call& p, std::uint64_t which, const candidate& to);
  void hedge(pending_call& p);
  void arm(pending_call& p);
  void on_timer(std::uint64_t id);
  void on_deadline(pending_call& p);
  bool is_begun(const node_id& peer, std::uint64_t stream);
  bool complete(const node_id& peer, const wire::reply& answer);
  void on_attempt_failed(std::uint64_t which, error why, bool told_by_peer);
  void repeat_or_finish(pending_call& p, error why, bool told_by_peer);
  void finish(pending_call& p, error why, bool told_by_peer = false);
  void end_attempts(pending_call& p, resilience::verdict what);
  void tell(pending_call& ended, result<std::string_view> outcome);

  runtime::loop& loop_;
  peers::hub& hub_;
  client_options options_;
  chooser chooser_;
  retry_policy retries_;
  call_limits limits_;
  attempts attempts_;
  pending_calls pending_;
  waiting_line waiting_;
  call_reports reports_;
  stream_table streams_;  // ends first: what a call's completion holds may be a reader of it
  bool stopped_ = false;
};

}  // namespace kith::rpc
