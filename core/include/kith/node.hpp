// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Start here. A node is one service instance: it finds its peers, serves methods, calls others,
/// publishes and hears events, all on one thread.
///
/// \code
/// int main(int argc, char** argv) {
///   kith::node node{kith::config::from("greeter", argc, argv)};
///   node.serve(hello, [](const name& who) { return greeting{"hello, " + who.text}; });
///   return node.run();
/// }
/// \endcode
///
/// Everything here belongs to the thread that calls `run`; only `stop_from_any_thread` and
/// `post` may be used from others.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <kith/call.hpp>
#include <kith/config.hpp>
#include <kith/contract.hpp>
#include <kith/errors.hpp>
#include <kith/events.hpp>
#include <kith/function.hpp>
#include <kith/identity.hpp>
#include <kith/introspection.hpp>
#include <kith/stream.hpp>
#include <kith/task.hpp>
#include <kith/time.hpp>

namespace kith {

namespace ledger {
struct flow;
}  // namespace ledger

namespace detail {

class node_core;
struct environment;

/// A durable event that was applied here, or that its handler could not apply.
struct applied_event {
  std::string_view topic;
  std::string_view group;
  std::string_view service;  ///< whose log it is
  std::string_view traceparent;
  trace_context span;            ///< of `node::begin_work`
  kith::duration took{};         ///< until now
  kith::duration since_write{};  ///< since it was written to the log
  errc failed{};                 ///< zero: it was applied
};

template <class T>
struct task_result {
  static constexpr bool is_task = false;
};
template <class T>
struct task_result<task<T>> {
  static constexpr bool is_task = true;
};

template <class Request, class F>
decltype(auto) invoke_handler(F& handler, Request&& request, call_context& call) {
  if constexpr (std::is_invocable_v<F&, Request, call_context&>) {
    return handler(std::forward<Request>(request), call);
  } else {
    static_assert(std::is_invocable_v<F&, Request>,
                  "kith: a handler takes (Request) or (Request, kith::call_context&)");
    return handler(std::forward<Request>(request));
  }
}

template <class Request>
Request request_of(std::string_view body) {
  auto request = decode<Request>(body);
  if (!request) {
    throw failure{std::move(request.error())};
  }
  return std::move(*request);
}

template <class Reply, class Request, class F>
task<std::string> run_handler(F& handler, Request request, call_context& call) {
  auto work = invoke_handler(handler, std::move(request), call);
  const Reply reply = co_await std::move(work);
  co_return encode(reply);
}

template <class Item, class Request, class F>
task<std::string> run_stream_handler(F& handler, Request request, outgoing_stream& out,
                                     call_context& call) {
  stream_writer<Item> writer{out};
  auto work = handler(std::move(request), writer, call);
  co_await std::move(work);
  co_return std::string{};
}

/// Runs `work`, keeping what it throws.
template <class T, class F>
result<T> capture(F& work) {
  try {
    if constexpr (std::is_void_v<T>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (...) {
    return tl::make_unexpected(error_of_current_exception());
  }
}

}  // namespace detail

/// What passes a bounded queue of this process, in the node's books (scope "queue"). Belongs to the
/// loop's thread; the node outlives its use.
class queue_account {
 public:
  void enter() const noexcept;  ///< one more waits
  void leave() const noexcept;  ///< one waits no longer
  /// There was no room: it is in the books as `queue_full`.
  void refuse() const noexcept;

 private:
  friend class node;
  explicit queue_account(ledger::flow& counters) noexcept : counters_{&counters} {}
  ledger::flow* counters_;
};

/// One service instance, or one tool that calls and listens. It owns its sockets, threads and loop;
/// nothing of it is shared with another node of the same process. What it does, it does within
/// `run` (or `run_until`) on that thread: handlers and callbacks never run at the same time.
/// Destroying it ends what runs at once; `stop` first, to end well.
class node {
 public:
  /// \throws failure (bad_config, insecure_address) when it cannot start with these settings
  explicit node(config settings);
  /// For simulation: everything that touches the world is passed in.
  node(config settings, std::unique_ptr<detail::environment> world);
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  ~node();

  /// \name Before it runs
  /// \{

  /// Serves a method. The handler takes `Request` and, if it likes, `call_context&`; it returns
  /// `Reply` when it can answer at once, else `kith::task<Reply>`. It must not block: see
  /// `blocking`. What it throws becomes the caller's error. \throws failure when the name is taken
  template <class Request, class Reply, class F>
  void serve(const method<Request, Reply>& which, F handler) {
    using returned = decltype(detail::invoke_handler<Request>(handler, std::declval<Request>(),
                                                              std::declval<call_context&>()));
    detail::served_method served;
    served.schema = describe(which);
    served.waits = which.traits.waits;
    if constexpr (detail::task_result<returned>::is_task) {
      served.async = [handler = std::move(handler)](std::string_view body,
                                                    call_context& call) mutable {
        return detail::run_handler<Reply>(handler, detail::request_of<Request>(body), call);
      };
    } else {
      served.plain = [handler = std::move(handler)](std::string_view body,
                                                    call_context& call) mutable {
        const Reply reply =
            detail::invoke_handler(handler, detail::request_of<Request>(body), call);
        return encode(reply);
      };
    }
    add_method(std::move(served));
  }

  /// Serves a stream: `task<void> handler(Request, stream_writer<Item>&, call_context&)`. When it
  /// returns, the stream has ended well; what it throws is the bad end. A node that drains ends its
  /// streams at once. \throws failure when the name is taken
  template <class Request, class Item, class F>
  void serve(const stream_method<Request, Item>& which, F handler) {
    detail::served_method served;
    served.schema = describe(which);
    served.stream = [handler = std::move(handler)](std::string_view body,
                                                   detail::outgoing_stream& out,
                                                   call_context& call) mutable {
      return detail::run_stream_handler<Item>(handler, detail::request_of<Request>(body), out,
                                              call);
    };
    add_method(std::move(served));
  }

  /// Declares a topic of this node and gives the handle to publish it. \throws failure when the
  /// node has started, the name cannot travel, or the name is declared with other fields
  template <class Event>
  publisher<Event> publishes(const topic<Event>& which) {
    add_topic(describe(which));
    return {topics(), which.name};
  }

  /// Says in hello which database this node works on (`database::identity`): instances of one
  /// service on different ones are reported. \throws failure when the node has started
  void works_on_database(std::string identity);

  /// Called once on the loop when the node has started. Said several times, all are called, in that
  /// order. \throws failure when the node has started
  void on_start(unique_function<void()> then);
  /// \}

  /// \name Any time, on the loop's thread
  /// \{

  /// Hears a topic of every publisher, present and future, but not of this node itself. `handler`
  /// takes `const Event&` and, if it likes, `const event_info&`; it must not block. What it throws
  /// is logged.
  /// \throws failure (bad_config) when the name cannot be a topic's
  template <class Event, class F>
  subscription subscribe(const topic<Event>& which, F handler, subscribe_options options = {}) {
    auto id = std::make_shared<std::uint64_t>(0);
    *id = add_subscription(
        std::string{which.name}, false, fingerprint_of(which),
        [this, id, handler = std::move(handler)](const event_info& info,
                                                 std::string_view body) mutable {
          auto event = decode<Event>(body);
          if (!event) {
            topics().count_unreadable(*id, info, event.error());
          } else if constexpr (std::is_invocable_v<F&, const Event&, const event_info&>) {
            handler(static_cast<const Event&>(*event), info);
          } else {
            handler(static_cast<const Event&>(*event));
          }
        },
        std::move(options));
    return {topics(), *id};
  }

  /// Hears every topic that begins with `prefix`, as encoded bodies. For tools.
  subscription subscribe_raw(std::string prefix,
                             unique_function<void(const event_info&, std::string_view)> handler,
                             subscribe_options options = {});

  /// Calls to a service by name; its instances are found by themselves.
  [[nodiscard]] service_handle service(std::string name);

  [[nodiscard]] time_point now() const noexcept;
  [[nodiscard]] wall_time wall_now() const;
  /// `co_await node.sleep(200ms)`.
  [[nodiscard]] operation<void> sleep(duration span);
  /// Uniform in [0, bound), from the node's own generator.
  [[nodiscard]] std::uint64_t random_below(std::uint64_t bound);

  /// Runs `work` to its end, also while the node drains (until `config::drain` is over). What it
  /// throws is logged.
  void spawn(task<void> work);
  /// Runs `work` until the node begins to drain; then it is cancelled.
  void spawn_background(task<void> work);

  /// Runs blocking work (a database, a gateway) on the pool, and goes on here with its result.
  /// Captures must outlive it: it is not interrupted. One thread by default, so calls of one node
  /// run one after the other. What `work` throws is thrown here; `queue_full` and `shutting_down`
  /// mean that it did not run.
  template <class F>
  [[nodiscard]] auto blocking(F work) -> operation<std::invoke_result_t<F&>> {
    using T = std::invoke_result_t<F&>;
    return operation<T>{
        [this, work = std::move(work)](
            typename operation<T>::completion done) mutable -> unique_function<void()> {
          auto kept = std::make_shared<std::optional<result<T>>>();
          run_blocking(
              [kept, work = std::move(work)]() mutable { *kept = detail::capture<T>(work); },
              [kept, done = std::move(done)](result<void> ran) mutable {
                done(ran ? std::move(**kept) : tl::make_unexpected(std::move(ran.error())));
              });
          return {};
        }};
  }

  /// Runs `work` once, later: in this turn or in one of the next. From any thread. At most 65,536
  /// wait; beyond, `queue_full`: it does not run.
  result<void> post(unique_function<void()> work);

  /// Opens the account of a queue of that name, which takes `most` and refuses what is over it.
  [[nodiscard]] queue_account count_queue(std::string_view name, std::size_t most);

  [[nodiscard]] const node_description& description() const noexcept;
  [[nodiscard]] const config& settings() const noexcept;
  [[nodiscard]] std::vector<member_info> members() const;
  /// Those of them that are in rotation and publish a topic of that name.
  [[nodiscard]] std::vector<member_info> publishers_of(std::string_view topic) const;
  /// Counters of everything that entered, left and was dropped here.
  [[nodiscard]] std::vector<account_info> books() const;
  /// The same with both sides' counts of each link, and what was heard of each topic.
  [[nodiscard]] book_list all_books() const;
  /// All that `kith.status` and the pages tell.
  [[nodiscard]] node_status status() const;
  /// For what is built on nodes: `tell` adds to each status what it knows. It outlives the node.
  void tell_status(unique_function<void(node_status&)> tell);
  /// Likewise: the span of the work on what has this `traceparent`, below that; nil without one.
  /// `kith trace` shows it by that name.
  [[nodiscard]] trace_context begin_work(std::string_view name, std::string_view traceparent);
  /// Likewise: it has ended.
  void end_work(const detail::applied_event& what);
  /// Of work that was written down, with `current_trace()` and `work_tracestate()` beside it, and
  /// is gone on with now, in whatever process: put it into a `trace_scope`. It is no span of its
  /// own. Nil without a `traceparent`.
  [[nodiscard]] trace_context go_on_with(std::string_view traceparent,
                                         std::string_view tracestate = {});
  /// The `tracestate` that came with what this node is at work for (`current_trace()`), or empty.
  /// On the loop's thread; what applies a durable event has `durable_info::tracestate`.
  [[nodiscard]] std::string work_tracestate() const;

  /// Lines of the log: at work for a trace they name it (`current_trace()`).
  void debug(std::string_view line) const;
  void info(std::string_view line) const;
  void warn(std::string_view line) const;
  void error(std::string_view line) const;
  /// \}

  /// \name Running
  /// \{

  /// Binds, announces itself and serves until SIGTERM, SIGINT or `stop`; then drains. Returns the
  /// process's exit status: 0, or when it could not start (the reason is in the log) 2 for wrong
  /// settings, which another attempt does not mend, else 1.
  int run();

  /// Binds and announces itself without running: for those who drive the loop by `run_until`. A
  /// node that could not start can only be destroyed (`failed_precondition`): make another one for
  /// another attempt. \throws failure (address_in_use, insecure_address, io_error)
  void start();
  /// Runs the loop until `done()`, or for `limit`; gives `done()`. Starts the node if need be.
  bool run_until(unique_function<bool()> done, duration limit);

  /// Refuses new work, says goodbye, finishes what runs within `config::drain`, then ends `run`.
  void stop();
  void stop_from_any_thread();
  /// `stop` was called: take on nothing new, the peers know that this node leaves.
  [[nodiscard]] bool stopping() const noexcept;
  [[nodiscard]] bool stopped() const noexcept;
  /// \}

 private:
  void add_method(detail::served_method method);
  void add_topic(topic_schema topic);
  std::uint64_t add_subscription(std::string text, bool prefix, std::uint64_t fingerprint,
                                 detail::raw_event_handler handler, subscribe_options options);
  void run_blocking(unique_function<void()> work, unique_function<void(result<void>)> done);
  [[nodiscard]] detail::topics& topics() noexcept;

  std::unique_ptr<detail::node_core> core_;
};

}  // namespace kith
