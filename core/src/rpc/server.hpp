// SPDX-License-Identifier: MPL-2.0
#pragma once

// The serving side: finds the handler, runs it, answers once. A plain handler runs and answers
// within the packet's upcall; a coroutine gets a row in the table of running calls until it ends.
//
// Design notes. Coroutines beyond the concurrency limit wait in the admission queue, which is fair
// between sessions and refuses at once what could not end in time; their bodies are copied. The
// reserved methods pass by both, so that a node which is overloaded can still be looked at, and
// its log be read. A call waits or runs, never both, and ends in one place: `run_task` when it ran.
// A call for work that another one with the same key is at follows that one: it is answered with
// it, or begins when that one was interrupted.
// A stream is such a call that writes before it ends (server_streams.cpp). It and a long poll have
// a place among those that run, but their time says nothing of calls: they are untimed.

#include <cstdint>
#include <exception>
#include <map>
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
#include "resilience/admission_queue.hpp"
#include "resilience/concurrency_limit.hpp"
#include "rpc/asked_times.hpp"
#include "rpc/call_answers.hpp"
#include "rpc/call_key.hpp"
#include "rpc/repeated_calls.hpp"
#include "rpc/served_methods.hpp"
#include "rpc/stream_sender.hpp"
#include "rpc/turn_sample.hpp"
#include "runtime/loop.hpp"
#include "runtime/task_scope.hpp"

namespace kith::rpc {

struct server_options {
  resilience::concurrency_options limit{};  ///< coroutine handlers at once
  resilience::admission_options queue{};    ///< those that wait for it
  std::size_t max_reserved = 4096;  ///< handlers of reserved methods at once; more are refused
  /// Streams and long polls at once where `limit` is adaptive, which passes over them; likewise.
  std::size_t max_untimed = 4096;
  repeated_calls_options repeats{};
};

class server final : public peers::request_handler {
 public:
  server(runtime::loop& loop, peers::hub& hub, ledger::books& books, ledger::tracer& tracer,
         server_options options = {});
  ~server() override;

  /// Before the node starts. False when the name is taken.
  bool add(detail::served_method method) { return methods_.add(std::move(method)); }
  [[nodiscard]] std::vector<offered> offers() const { return methods_.offers(); }
  [[nodiscard]] std::vector<method_schema> schemas() const { return methods_.schemas(); }

  /// From now on every request is refused as not_sent, and so is what waits; streams end.
  void drain();
  /// Cancels what still runs.
  void stop();
  [[nodiscard]] std::size_t running() const noexcept { return running_.size(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  /// Replies that are kept for repeated calls: a memory, which may be full without being near any
  /// limit; and calls that wait for one.
  [[nodiscard]] queue_info kept_replies() const { return {"kept_replies", repeats_.replies(), 0}; }
  [[nodiscard]] queue_info following() const {
    return {"repeated_calls", repeats_.followers(), repeats_.most_followers()};
  }
  /// How many coroutines may work at once, now.
  [[nodiscard]] std::size_t at_once() const noexcept { return limit_.value(); }
  /// Of a call in progress; empty when there is none.
  [[nodiscard]] std::string method_of(peers::session_id from, std::uint64_t id) const;
  /// Calls in progress: those that run and those that wait.
  [[nodiscard]] std::size_t depth() const noexcept {
    return running_.size() + waiting_.size() + following_.size();
  }

  // peers::request_handler
  void on_request(peers::session_id from, const std::shared_ptr<const node_description>& caller,
                  const wire::request& request) override;
  void on_cancel(peers::session_id from, const wire::cancel& which) override;
  void on_session_end(peers::session_id from) override;
  void on_rights_changed() override;
  void on_credit(peers::session_id from, const wire::credit& more) override;
  void on_room(peers::session_id to) override;

 private:
  struct running_call {
    running_call(call_context about, registered_method& what)
        : context{std::move(about)}, which{&what} {}
    call_context context;
    registered_method* which;
    cancellation* cancel = nullptr;
    runtime::timer_id timer = runtime::timer_id::none;
    std::optional<repeated_calls::work> work;  ///< when it has a key
    time_point began{};
    std::uint32_t at_once = 0;           ///< with it, when it began
    std::unique_ptr<stream_sender> out;  ///< of a stream
    bool denied = false;                 ///< its caller's right to it has ended
  };
  struct waiting_call {
    registered_method* which;
    call_context context;
    std::string body;
    std::uint32_t window = 0;
    time_point came{};
  };

  [[nodiscard]] std::optional<error> objection_to(const wire::request& request) const;
  [[nodiscard]] static std::optional<error> objection_to(const registered_method& which,
                                                         const wire::request& request);
  void run_plain(registered_method& which, const call_key& at, std::string_view body,
                 call_context& context);
  void admit(registered_method& which, const call_key& at, std::string_view body,
             std::uint32_t window, call_context context);
  /// Whether it is work that is known: then it is answered, or follows.
  bool is_repeat(registered_method& which, const call_key& at, std::string_view body,
                 call_context& context);
  void end_work(const repeated_calls::work& what, const std::string* reply,
                const std::exception_ptr& thrown);
  /// Replies that are kept go by time, and not only when the next call comes.
  void drop_replies_later();
  void enqueue(registered_method& which, const call_key& at, std::string_view body,
               std::uint32_t window, call_context context);
  [[nodiscard]] bool passes_over(const registered_method& which) const noexcept;
  [[nodiscard]] std::size_t at_work() const noexcept;
  void admit_waiting();
  void refuse(registered_method& which, const call_key& at, ledger::drop_reason why);
  void hand_back(registered_method& which, const call_key& at);
  /// Takes it out of the table: its place in the queue is gone, or goes with it.
  waiting_call take_waiting(const call_key& at);
  bool forget_waiting(const call_key& at);
  void start_task(registered_method& which, const call_key& at, std::string_view body,
                  std::uint32_t window, call_context context);
  task<std::string> begin(running_call& call, const call_key& at, std::string_view body,
                          std::uint32_t window);
  task<void> run_task(call_key at, running_call* call, task<std::string> work);
  /// As long as it took since then, within one turn or not.
  [[nodiscard]] duration span_since(time_point began) const noexcept;
  void count_time(const running_call& call);
  void count_overdue(const call_key& at);
  [[nodiscard]] bool is_told(const call_context& context) const noexcept {
    return context.trace().sampled && tracer_.teller() != nullptr;
  }
  void tell_span(const registered_method& which, const call_context& context, duration took,
                 errc failed) const;
  void leave(const running_call& call) noexcept;
  void on_end(const running_call& call);
  void begin_time(const call_key& at);
  void interrupt(const call_key& at);
  void on_deadline(const call_key& at);
  [[nodiscard]] std::vector<call_key> running_of(peers::session_id from) const;
  void end_streams();

  runtime::loop& loop_;
  peers::hub& hub_;
  ledger::tracer& tracer_;
  server_options options_;
  served_methods methods_;
  asked_times timed_;
  call_answers answers_;
  stream_outflow outflow_;  // before `running_`, which refers to it
  std::map<call_key, std::unique_ptr<running_call>> running_;
  std::size_t running_reserved_ = 0;
  std::size_t running_untimed_ = 0;
  resilience::concurrency_limit limit_;
  resilience::admission_queue queue_;
  std::map<call_key, waiting_call> waiting_;  ///< as many as `queue_` has
  bool admitting_ = false;
  repeated_calls repeats_;
  runtime::timer_id dropping_ = runtime::timer_id::none;
  std::map<call_key, waiting_call> following_;
  ledger::flow& repeated_;
  turn_sample sample_;
  runtime::task_scope scope_;
  bool draining_ = false;
};

}  // namespace kith::rpc
