// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calls whose handlers are coroutines, from when they are admitted until they are answered.
//
// Design notes. Beyond the concurrency limit they wait in the admission queue, which is fair
// between sessions and refuses at once what could not end in time; their bodies are copied. The
// reserved methods pass by both, so that a node which is overloaded can still be looked at, and its
// log be read. A call waits or runs, never both, and ends in one place: `run` when it ran. A call
// for work that another one with the same key is at follows that one: it is answered with it, or
// begins when that one was interrupted. A stream is such a call that writes before it ends. It and
// a long poll have a place among those that run, but their time says nothing of calls: they are
// untimed.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include <kith/call.hpp>
#include <kith/introspection.hpp>
#include <kith/task.hpp>

#include "peers/hub.hpp"
#include "resilience/admission_queue.hpp"
#include "resilience/concurrency_limit.hpp"
#include "rpc/call_answers.hpp"
#include "rpc/call_key.hpp"
#include "rpc/call_queue.hpp"
#include "rpc/keyed_work.hpp"
#include "rpc/running_calls.hpp"
#include "rpc/served_methods.hpp"
#include "rpc/served_streams.hpp"
#include "rpc/serving_times.hpp"
#include "runtime/loop.hpp"
#include "runtime/task_scope.hpp"

namespace kith::rpc {

struct coroutine_calls_options {
  resilience::concurrency_options limit{};  ///< at once
  resilience::admission_options queue{};    ///< those that wait for it
  std::size_t max_reserved = 4096;  ///< handlers of reserved methods at once; more are refused
  /// Streams and long polls at once where `limit` is adaptive, which passes over them; likewise.
  std::size_t max_untimed = 4096;
};

class coroutine_calls {
 public:
  coroutine_calls(runtime::loop& loop, peers::hub& hub, served_methods& methods,
                  call_answers& answers, serving_times& times, keyed_work& keyed,
                  const coroutine_calls_options& options);
  ~coroutine_calls();

  /// It is begun, waits, follows another one, or is refused.
  void admit(registered_method& which, const call_key& at, std::string_view body,
             std::uint32_t window, call_context context);
  /// Whether it is work that is known: then it is answered, follows, or is refused.
  bool is_repeat(registered_method& which, const call_key& at, std::string_view body,
                 call_context& context);
  /// Its caller gave up.
  void cancel(const call_key& at);
  void on_session_end(peers::session_id from);
  /// Hands back what waits, and ends streams.
  void drain();
  /// Cancels what still runs.
  void stop();

  [[nodiscard]] served_streams& streams() noexcept { return streams_; }
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  [[nodiscard]] std::size_t running() const noexcept { return running_.size(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return queue_.size(); }
  /// How many may be at work at once, now.
  [[nodiscard]] std::size_t at_once() const noexcept { return limit_.value(); }
  /// Null when there is no such call.
  [[nodiscard]] const registered_method* find(const call_key& at) const;

 private:
  void enqueue(registered_method& which, const call_key& at, std::string_view body,
               std::uint32_t window, call_context context);
  void admit_waiting();
  void begin_turn(call_queue::turn next);
  void refuse(registered_method& which, const call_key& at, ledger::drop_reason why);
  void hand_back(registered_method& which, const call_key& at);
  void start(registered_method& which, const call_key& at, std::string_view body,
             std::uint32_t window, call_context context);
  task<void> run(call_key at, running_call* call, task<std::string> work);
  void count_end(const running_call& call);
  void end_work(const keyed_work::work& what, const std::string* reply,
                const std::exception_ptr& thrown);
  void on_deadline(const call_key& at);
  [[nodiscard]] bool passes_over(const registered_method& which) const noexcept;
  [[nodiscard]] std::size_t at_work() const noexcept;

  runtime::loop& loop_;
  peers::hub& hub_;
  served_methods& methods_;
  call_answers& answers_;
  serving_times& times_;
  keyed_work& keyed_;
  coroutine_calls_options options_;
  resilience::concurrency_limit limit_;
  call_queue queue_;
  served_streams streams_;  // before `running_`, whose streams refer to it
  running_calls running_;
  bool admitting_ = false;
  bool draining_ = false;
  runtime::task_scope scope_;
};

}  // namespace kith::rpc
