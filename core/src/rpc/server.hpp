// SPDX-License-Identifier: MPL-2.0
#pragma once

// The serving side: finds the handler, or says why not. A plain handler runs and answers within the
// packet's upcall; one that is a coroutine goes the way of coroutine_calls.hpp.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kith/call.hpp>
#include <kith/introspection.hpp>

#include "ledger/books.hpp"
#include "ledger/tracer.hpp"
#include "peers/hub.hpp"
#include "rpc/call_answers.hpp"
#include "rpc/call_key.hpp"
#include "rpc/coroutine_calls.hpp"
#include "rpc/keyed_work.hpp"
#include "rpc/repeated_calls.hpp"
#include "rpc/served_methods.hpp"
#include "rpc/serving_times.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

struct server_options {
  coroutine_calls_options calls{};
  repeated_calls_options repeats{};
};

class server final : public peers::request_handler {
 public:
  server(runtime::loop& loop, peers::hub& hub, ledger::books& books, ledger::tracer& tracer,
         server_options options = {});
  ~server() override = default;

  /// Before the node starts. False when the name is taken.
  bool add(detail::served_method method) { return methods_.add(std::move(method)); }
  [[nodiscard]] std::vector<offered> offers() const { return methods_.offers(); }
  [[nodiscard]] std::vector<method_schema> schemas() const { return methods_.schemas(); }

  /// From now on every request is refused as not_sent, and so is what waits; streams end.
  void drain() { calls_.drain(); }
  /// Cancels what still runs.
  void stop() { calls_.stop(); }
  [[nodiscard]] std::size_t running() const noexcept { return calls_.running(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return calls_.waiting(); }
  /// Replies that are kept for repeated calls, and calls that wait for one.
  [[nodiscard]] queue_info kept_replies() const { return keyed_.kept_replies(); }
  [[nodiscard]] queue_info following() const { return keyed_.following(); }
  /// How many coroutines may work at once, now.
  [[nodiscard]] std::size_t at_once() const noexcept { return calls_.at_once(); }
  /// Of a call in progress; empty when there is none.
  [[nodiscard]] std::string method_of(peers::session_id from, std::uint64_t id) const;
  /// Calls in progress: those that run and those that wait.
  [[nodiscard]] std::size_t depth() const noexcept {
    return calls_.running() + calls_.waiting() + keyed_.size();
  }

  // peers::request_handler
  void on_request(peers::session_id from, const std::shared_ptr<const node_description>& caller,
                  const wire::request& request) override;
  void on_cancel(peers::session_id from, const wire::cancel& which) override;
  void on_session_end(peers::session_id from) override;
  void on_rights_changed() override { calls_.streams().on_rights_changed(); }
  void on_credit(peers::session_id from, const wire::credit& more) override {
    calls_.streams().on_credit(from, more);
  }
  void on_room(peers::session_id to) override { calls_.streams().on_room(to); }

 private:
  [[nodiscard]] std::optional<error> objection_to(const wire::request& request) const;
  [[nodiscard]] static std::optional<error> objection_to(const registered_method& which,
                                                         const wire::request& request);
  void run_plain(registered_method& which, const call_key& at, std::string_view body,
                 call_context& context);

  runtime::loop& loop_;
  peers::hub& hub_;
  ledger::tracer& tracer_;
  served_methods methods_;
  serving_times times_;
  call_answers answers_;
  keyed_work keyed_;
  coroutine_calls calls_;
};

}  // namespace kith::rpc
