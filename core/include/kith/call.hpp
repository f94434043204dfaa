// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Calls: what a caller may set, what a handler may know, and the handle of a service.
///
/// Every call ends by its deadline with exactly one outcome: a reply, or an error that says whether
/// the work may have happened. All of it on the node's loop thread.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <kith/contract.hpp>
#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/identity.hpp>
#include <kith/task.hpp>
#include <kith/time.hpp>

namespace kith {

struct call_record;  // introspection.hpp
namespace security {
struct known_key;
}

/// For one call. All of it may be left out: `{}`; or `{.deadline = 200ms}`. The texts are copied
/// before the function that takes them returns.
struct call_options {
  /// From now; covers waiting for an instance to be found. Zero: the node's default (1 s).
  kith::duration deadline{};
  /// Names the work across retries of the caller's own; at most 200 octets. The instance that has
  /// done it answers it again for a while, without doing it again: docs/resilience.md, section 4.
  std::string_view idempotency_key{};
  /// W3C `traceparent` to go on below, instead of `current_trace()`.
  std::string_view traceparent{};
  /// And its `tracestate`. What is none is not passed on, and no error.
  std::string_view tracestate{};
  /// Ask this instance and no other.
  std::optional<node_id> instance{};
  /// Calls with the same key go to the same instance, as long as it is usable. Empty: any.
  std::string_view routing_key{};
  /// Filled in before the call's outcome is given, not when its caller gives up. It must live until
  /// then. Asks the peer for its times, and costs some microseconds a call.
  call_record* record = nullptr;
};
// GCC 12 copies a braced struct bit by bit when it stands in a co_await expression, and destroys
// it twice: nothing in here may mind.
static_assert(std::is_trivially_copyable_v<call_options>);

/// For one stream, likewise.
struct stream_options {
  /// From now until an instance has begun the stream, and no longer. Zero: the node's default (1
  /// s).
  kith::duration deadline{};
  /// Items that may be on their way or wait here, 1 to 65,536. Higher keeps a distant or bursting
  /// server busy; each may be as large as `config::message_bytes`.
  std::uint32_t window = 64;
  std::string_view traceparent{};
  std::string_view tracestate{};
  std::optional<node_id> instance{};
  std::string_view routing_key{};
};
static_assert(std::is_trivially_copyable_v<stream_options>);

template <class Item>
class stream;  // stream.hpp

/// An item of a stream as it travels: MessagePack.
struct encoded {
  std::string octets;
};

/// What a handler knows of the call it serves. Valid until the handler has answered.
class call_context {
 public:
  /// When the caller stops waiting; time_point::max() once a stream has begun.
  [[nodiscard]] time_point deadline() const noexcept { return deadline_; }
  /// Who asks, as it said in its hello (without keys: unproven).
  [[nodiscard]] const node_description& caller() const noexcept { return *caller_; }
  [[nodiscard]] std::string_view idempotency_key() const noexcept { return idempotency_key_; }
  /// As the caller sent it; what it sent need not be one.
  [[nodiscard]] std::string_view traceparent() const noexcept { return traceparent_; }
  /// W3C `tracestate`, as the caller passed it on; empty without a `traceparent`. What is called
  /// and told at work for this call has it by itself.
  [[nodiscard]] std::string_view tracestate() const noexcept { return tracestate_; }
  /// The span of this call's work, below that of the caller. Nil without a `traceparent`.
  [[nodiscard]] const trace_context& trace() const noexcept { return trace_; }
  /// The caller gave up, went away, or the deadline passed. A coroutine need not ask: what it is
  /// awaiting then ends with errc::cancelled.
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
  /// Whether the caller's certificate gives it the right to subscribe to that topic: for who
  /// answers with what was or will be published there. True where there are no certificates.
  [[nodiscard]] bool may_hear(std::string_view topic) const;
  /// The same for all topics that begin so.
  [[nodiscard]] bool may_hear_all(std::string_view prefix) const;
  /// Whether it gives the right to call a method, or what else is named like one.
  [[nodiscard]] bool may_call(std::string_view name) const;

  /// For kith itself: a handler is given one.
  call_context(time_point deadline, std::shared_ptr<const node_description> caller,
               std::string_view idempotency_key, std::string_view traceparent,
               std::shared_ptr<const security::known_key> limits = nullptr)
      : deadline_{deadline},
        caller_{std::move(caller)},
        limits_{std::move(limits)},
        idempotency_key_{idempotency_key},
        traceparent_{traceparent} {}
  /// For kith itself.
  void set_cancelled() noexcept { cancelled_ = true; }
  /// For kith itself.
  void set_endless() noexcept { deadline_ = time_point::max(); }
  /// For kith itself.
  void set_trace(const trace_context& span, std::string state) noexcept {
    trace_ = span;
    tracestate_ = std::move(state);
  }

 private:
  time_point deadline_;
  std::shared_ptr<const node_description> caller_;
  std::shared_ptr<const security::known_key> limits_;  // null: none
  std::string idempotency_key_;
  std::string traceparent_;
  std::string tracestate_;
  trace_context trace_;
  bool cancelled_ = false;
};

namespace detail {

/// A stream as its handler has it.
class outgoing_stream {
 public:
  using completion = unique_function<void(result<void>)>;
  /// One at a time. Completes when the link has the item, perhaps at once.
  virtual void write(std::string item, completion done) = 0;
  /// Ends the waiting, and the item with it: cancelled.
  virtual void stop_waiting() = 0;
  /// Where its items pass.
  struct place {
    std::uint64_t link = 0;
    std::uint64_t id = 0;
    friend bool operator==(const place&, const place&) = default;
  };
  [[nodiscard]] virtual place where() const noexcept = 0;

 protected:
  ~outgoing_stream() = default;
};

/// A stream as its reader has it. Destroying it gives the stream up.
class incoming_stream {
 public:
  /// Nothing: the good end. The octets are valid during the completion only.
  using completion = unique_function<void(result<std::optional<std::string_view>>)>;
  virtual ~incoming_stream() = default;
  /// One at a time. Completes when there is an item or the end, perhaps at once.
  virtual void next(completion done) = 0;
  /// Ends the waiting, not the stream: cancelled.
  virtual void stop_waiting() = 0;
};

/// A handler without its types. Throws what it has to say; the reply is encoded.
using plain_handler = unique_function<std::string(std::string_view body, call_context& call)>;
using task_handler = unique_function<task<std::string>(std::string_view body, call_context& call)>;
/// Its reply is empty.
using stream_handler = unique_function<task<std::string>(std::string_view body,
                                                         outgoing_stream& out, call_context& call)>;

struct served_method {
  method_schema schema;
  bool waits = false;   ///< as its traits say
  plain_handler plain;  ///< one of the three
  task_handler async;
  stream_handler stream;
};

struct raw_call {
  std::string service;
  std::string method;
  std::uint64_t fingerprint = 0;  ///< 0: any, as for the reserved methods
  std::string body;
  kith::duration deadline{};  ///< as call_options has them
  std::string idempotency_key{};
  std::string traceparent{};
  std::string tracestate{};
  std::optional<node_id> instance{};  ///< with an empty service: that node, whatever it serves
  std::string routing_key{};
  call_traits traits{};
  call_record* record = nullptr;
  std::uint32_t window = 0;  ///< of a stream; 0: one reply
};
/// The reply's octets are valid during the completion only.
using raw_completion = unique_function<void(result<std::string_view>)>;

/// What a service handle needs of its node.
class caller {
 public:
  virtual std::uint64_t start(raw_call call, raw_completion done) = 0;
  virtual void give_up(std::uint64_t id) = 0;
  /// Its `window` is not zero.
  virtual std::unique_ptr<incoming_stream> open(raw_call call) = 0;

 protected:
  ~caller() = default;
};

template <class Reply>
result<Reply> reply_of(result<std::string_view> octets) {
  if (!octets) {
    return tl::make_unexpected(std::move(octets.error()));
  }
  auto reply = decode<Reply>(*octets);
  if (!reply) {
    auto wrong = std::move(reply.error());
    wrong.outcome = outcome::answered;
    wrong.message = "the reply does not fit the contract: " + wrong.message;
    return tl::make_unexpected(std::move(wrong));
  }
  return reply;
}

template <class T>
inline constexpr bool breaks_in_co_await =
#if defined(__GNUC__) && !defined(__clang__)
    std::is_aggregate_v<T> && !std::is_trivially_destructible_v<T>;
#else
    false;
#endif

}  // namespace detail

/// The request of a call that is awaited, encoded: from a request by name, or from the values of
/// its fields in braces, `{"42"}`.
///
/// Why it stands between: a temporary struct in a `co_await` expression is copied bit by bit by GCC
/// 12 and destroyed twice, which breaks its strings. `co_await orders.call(get, {"42"})` is good,
/// since what the braces make is this class. `get_order{"42"}` there does not compile with GCC:
/// give it a name first.
template <class Request>
class argument {
 public:
  argument(const Request& request) : octets_{encode(request)} {}
  argument(Request&&) requires detail::breaks_in_co_await<Request>
  = delete;
  template <class... Fields>
    requires(!(sizeof...(Fields) == 1 &&
               (std::is_same_v<std::remove_cvref_t<Fields>, Request> && ...)) &&
             !(detail::breaks_in_co_await<Fields> || ...) &&
             requires(Fields && ... fields) { Request{std::forward<Fields>(fields)...}; })
  argument(Fields&&... fields) : octets_{encode(Request{std::forward<Fields>(fields)...})} {}

  [[nodiscard]] std::string take() && { return std::move(octets_); }

 private:
  std::string octets_;
};

/// Calls to one service by name. Light, copyable; must not outlive its node.
class service_handle {
 public:
  service_handle(detail::caller& node, std::string name) : node_{&node}, name_{std::move(name)} {}

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// `co_await` gives the reply, or throws `kith::failure`.
  template <class Request, class Reply>
  operation<Reply> call(const method<Request, Reply>& which,
                        argument<std::type_identity_t<Request>> request,
                        call_options options = {}) const {
    return operation<Reply>{
        [node = node_, raw = prepare(which, std::move(request).take(), options)](
            typename operation<Reply>::completion done) mutable -> unique_function<void()> {
          const auto id = node->start(
              std::move(raw), [then = std::move(done)](result<std::string_view> octets) mutable {
                then(detail::reply_of<Reply>(std::move(octets)));
              });
          return [node, id] { node->give_up(id); };
        }};
  }

  /// `co_await` gives `result<Reply>` and does not throw.
  template <class Request, class Reply>
  operation<result<Reply>> try_call(const method<Request, Reply>& which,
                                    argument<std::type_identity_t<Request>> request,
                                    call_options options = {}) const {
    return operation<result<Reply>>{
        [node = node_, raw = prepare(which, std::move(request).take(), options)](
            typename operation<result<Reply>>::completion done) mutable -> unique_function<void()> {
          const auto id = node->start(
              std::move(raw), [then = std::move(done)](result<std::string_view> octets) mutable {
                then(result<result<Reply>>{detail::reply_of<Reply>(std::move(octets))});
              });
          return [node, id] { node->give_up(id); };
        }};
  }

  /// For tools: a method by name with an encoded body; gives the encoded reply. Not checked against
  /// the instance's contracts before it is sent.
  [[nodiscard]] operation<std::string> call_raw(std::string method, std::string body,
                                                call_options options = {}) const {
    return operation<std::string>{
        [node = node_, raw = raw_of(std::move(method), 0, std::move(body), options)](
            operation<std::string>::completion done) mutable -> unique_function<void()> {
          const auto id = node->start(
              std::move(raw), [then = std::move(done)](result<std::string_view> octets) mutable {
                then(octets ? result<std::string>{std::string{*octets}}
                            : tl::make_unexpected(std::move(octets.error())));
              });
          return [node, id] { node->give_up(id); };
        }};
  }

  /// `call` with a callback, which runs exactly once, on the loop.
  template <class Request, class Reply, std::invocable<result<Reply>> Done>
  void call(const method<Request, Reply>& which, const Request& request, call_options options,
            Done done) const {
    node_->start(prepare(which, encode(request), options),
                 [then = std::move(done)](result<std::string_view> octets) mutable {
                   then(detail::reply_of<Reply>(std::move(octets)));
                 });
  }

  /// Opens a stream; see kith/stream.hpp. What goes wrong, `next` tells.
  template <class Request, class Item>
  [[nodiscard]] stream<Item> open(const stream_method<Request, Item>& which,
                                  argument<std::type_identity_t<Request>> request,
                                  stream_options options = {}) const;

  /// For tools: as `call_raw`.
  [[nodiscard]] stream<encoded> open_raw(std::string method, std::string body,
                                         stream_options options = {}) const;

 private:
  template <class Request, class Reply>
  detail::raw_call prepare(const method<Request, Reply>& which, std::string body,
                           const call_options& options) const {
    return raw_of(std::string{which.name}, fingerprint_of(which), std::move(body), options,
                  which.traits);
  }
  detail::raw_call raw_of(std::string method, std::uint64_t fingerprint, std::string body,
                          const call_options& options, call_traits traits = {}) const {
    return {name_,
            std::move(method),
            fingerprint,
            std::move(body),
            options.deadline,
            std::string{options.idempotency_key},
            std::string{options.traceparent},
            std::string{options.tracestate},
            options.instance,
            std::string{options.routing_key},
            traits,
            options.record};
  }
  detail::raw_call stream_of(std::string method, std::uint64_t fingerprint, std::string body,
                             const stream_options& options, call_traits traits = {}) const {
    call_options plain;
    plain.deadline = options.deadline;
    plain.traceparent = options.traceparent;
    plain.tracestate = options.tracestate;
    plain.instance = options.instance;
    plain.routing_key = options.routing_key;
    auto made = raw_of(std::move(method), fingerprint, std::move(body), plain, traits);
    made.window = options.window;
    return made;
  }

  detail::caller* node_;
  std::string name_;
};

}  // namespace kith
