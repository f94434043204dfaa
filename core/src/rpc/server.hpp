// SPDX-License-Identifier: MPL-2.0
#pragma once

// The serving side: finds the handler, runs it, answers once. A plain handler runs and answers
// within the packet's upcall; a coroutine gets a row in the table of running calls until it ends.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <kith/call.hpp>

#include "ledger/books.hpp"
#include "peers/hub.hpp"
#include "runtime/loop.hpp"
#include "runtime/task_scope.hpp"

namespace kith::rpc {

struct server_options {
  std::size_t max_running = 4096;  ///< coroutine handlers at once; more are refused: overloaded
};

class server final : public peers::request_handler {
 public:
  server(runtime::loop& loop, peers::hub& hub, ledger::books& books, server_options options = {});
  ~server() override;

  /// Before the node starts. False when the name is taken.
  bool add(detail::served_method method);
  [[nodiscard]] std::vector<offered> offers() const;
  [[nodiscard]] std::vector<method_schema> schemas() const;

  /// From now on every request is refused as not_sent.
  void drain() noexcept { draining_ = true; }
  /// Cancels what still runs.
  void stop();
  [[nodiscard]] std::size_t running() const noexcept { return running_.size(); }

  // peers::request_handler
  void on_request(peers::session_id from, const std::shared_ptr<const node_description>& caller,
                  const wire::request& request) override;
  void on_cancel(peers::session_id from, const wire::cancel& which) override;
  void on_session_end(peers::session_id from) override;

 private:
  struct registered {
    detail::served_method method;
    ledger::flow* counters = nullptr;
  };
  using key = std::pair<peers::session_id, std::uint64_t>;
  struct running_call {
    running_call(call_context about, registered& what) : context{std::move(about)}, which{&what} {}
    call_context context;
    registered* which;
    cancellation* cancel = nullptr;
    runtime::timer_id timer = runtime::timer_id::none;
  };

  [[nodiscard]] std::optional<error> objection_to(const wire::request& request) const;
  void run_plain(registered& which, peers::session_id from, const wire::request& request,
                 call_context& context);
  void start_task(registered& which, peers::session_id from, const wire::request& request,
                  call_context context);
  task<void> run_task(key at, running_call* call, task<std::string> work);
  void interrupt(const key& at);
  void on_deadline(const key& at);
  void answer(registered* which, const key& at, std::string body);
  void answer(registered* which, const key& at, const error& why);

  runtime::loop& loop_;
  peers::hub& hub_;
  ledger::books& books_;
  server_options options_;
  std::map<std::string, registered, std::less<>> methods_;
  std::map<key, std::unique_ptr<running_call>> running_;
  runtime::task_scope scope_;
  bool draining_ = false;
};

}  // namespace kith::rpc
