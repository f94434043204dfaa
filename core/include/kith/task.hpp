// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// `kith::task<T>`, the coroutine type of handlers and clients, and how waiting is cancelled.
///
/// A task is lazy: it starts when it is awaited, or when a scope spawns it. It runs on its node's
/// loop only. Frames come from a per-thread recycler, so a warm path allocates nothing.
///
/// Cancellation goes from the root to the leaf: whoever owns the root (a scope, a call) requests
/// it, and the operation being awaited right now ends with `errc::cancelled`, thrown as
/// `kith::failure`. It must be requested on the loop's own thread.
///
/// What a coroutine is at work for (`current_trace`) is found again by it after each wait.

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/identity.hpp>

namespace kith {

template <class T = void>
class task;

namespace detail {

/// Something that is being awaited and can be given up.
class cancellable {
 public:
  virtual void cancel() noexcept = 0;

 protected:
  ~cancellable() = default;
};

/// Recycles coroutine frames by size class; bounded, per thread.
void* allocate_frame(std::size_t size);
void release_frame(void* frame, std::size_t size) noexcept;

}  // namespace detail

/// One root of awaiting. A linear chain of coroutines waits in at most one leaf at a time.
class cancellation {
 public:
  cancellation() = default;
  cancellation(const cancellation&) = delete;
  cancellation& operator=(const cancellation&) = delete;

  [[nodiscard]] bool requested() const noexcept { return requested_; }
  /// Ends the leaf being awaited, and every later one at once. Idempotent.
  void request() noexcept {
    requested_ = true;
    if (leaf_ != nullptr) {
      std::exchange(leaf_, nullptr)->cancel();
    }
  }
  /// For kith itself: `leaf` is awaited from here on, until `leave`.
  void enter(detail::cancellable* leaf) noexcept { leaf_ = leaf; }
  /// For kith itself.
  void leave() noexcept { leaf_ = nullptr; }

 private:
  bool requested_ = false;
  detail::cancellable* leaf_ = nullptr;
};

namespace detail {

/// Passes control to whoever awaited the task.
struct final_awaiter {
  bool await_ready() noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept {
    return done.promise().continuation;
  }
  void await_resume() noexcept {}
};

struct promise_base {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  kith::cancellation* cancel = nullptr;
  std::exception_ptr error;

  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept {
    release_frame(frame, size);
  }

  std::suspend_always initial_suspend() noexcept { return {}; }
  final_awaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }
};

template <class T>
struct promise : promise_base {
  std::optional<T> value;
  task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (error) {
      std::rethrow_exception(error);
    }
    return std::move(*value);
  }
};

template <>
struct promise<void> : promise_base {
  task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() {
    if (error) {
      std::rethrow_exception(error);
    }
  }
};

/// Starts the task and inherits the awaiting root's cancellation.
template <class T>
struct task_awaiter {
  std::coroutine_handle<promise<T>> frame;
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> caller) noexcept {
    frame.promise().continuation = caller;
    frame.promise().cancel = caller.promise().cancel;
    return frame;
  }
  T await_resume() { return frame.promise().take(); }
};

}  // namespace detail

/// A lazy coroutine that gives a T. Move-only; owns its frame; awaited at most once.
template <class T>
class [[nodiscard]] task {
 public:
  using promise_type = detail::promise<T>;
  using handle = std::coroutine_handle<promise_type>;
  using value_type = T;

  task() noexcept = default;
  explicit task(handle frame) noexcept : frame_{frame} {}
  task(task&& other) noexcept : frame_{std::exchange(other.frame_, {})} {}
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      destroy();
      frame_ = std::exchange(other.frame_, {});
    }
    return *this;
  }
  task(const task&) = delete;
  task& operator=(const task&) = delete;
  ~task() { destroy(); }

  [[nodiscard]] bool valid() const noexcept { return static_cast<bool>(frame_); }

  auto operator co_await() && noexcept { return detail::task_awaiter<T>{frame_}; }

 private:
  void destroy() noexcept {
    if (frame_) {
      frame_.destroy();
    }
  }
  handle frame_{};
};

namespace detail {

template <class T>
task<T> promise<T>::get_return_object() noexcept {
  return task<T>{std::coroutine_handle<promise<T>>::from_promise(*this)};
}
inline task<void> promise<void>::get_return_object() noexcept {
  return task<void>{std::coroutine_handle<promise<void>>::from_promise(*this)};
}

}  // namespace detail

/// Turns an operation with a callback into something to `co_await`.
///
/// `Start` is called once with the completion handler `unique_function<void(result<T>)>` and
/// returns a `unique_function<void()>` that gives the operation up (it may be empty). Whoever
/// completes it must do so exactly once, on the loop's thread; giving up must lead to completion
/// too, at once or later. `co_await` throws `kith::failure` when the result is an error.
template <class T>
class [[nodiscard]] operation final : detail::cancellable {
 public:
  using completion = unique_function<void(result<T>)>;
  using starter = unique_function<unique_function<void()>(completion)>;

  explicit operation(starter start) : start_{std::move(start)} {}
  operation(operation&& other) noexcept : start_{std::move(other.start_)} {}
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;
  operation& operator=(operation&&) = delete;
  /// Destroyed while it waits (its coroutine is being destroyed): gives the operation up and lets
  /// the completion fall on deaf ears.
  ~operation() {
    if (waiter_) {
      waiter_ = {};
      if (scope_ != nullptr) {
        scope_->leave();
      }
      if (give_up_) {
        give_up_();
      }
    }
  }

  bool await_ready() const noexcept { return false; }

  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) {
    scope_ = caller.promise().cancel;
    if (scope_ != nullptr && scope_->requested()) {
      outcome_ = fail(errc::cancelled, "cancelled before it began");
      return false;
    }
    give_up_ = start_([this](result<T> value) { complete(std::move(value)); });
    if (outcome_.has_value()) {
      return false;  // completed while it was being started
    }
    waiter_ = caller;
    trace_ = current_trace();
    if (scope_ != nullptr) {
      scope_->enter(this);
    }
    return true;
  }

  T await_resume() {
    if (!outcome_->has_value()) {
      throw failure{std::move(outcome_->error())};
    }
    if constexpr (!std::is_void_v<T>) {
      return std::move(**outcome_);
    }
  }

 private:
  void complete(result<T> value) {
    outcome_.emplace(std::move(value));
    if (waiter_) {
      if (scope_ != nullptr) {
        scope_->leave();
      }
      const trace_scope around{trace_};
      std::exchange(waiter_, {}).resume();
    }
  }
  void cancel() noexcept override {
    if (give_up_) {
      give_up_();
    }
  }

  starter start_;
  unique_function<void()> give_up_;
  kith::cancellation* scope_ = nullptr;
  std::coroutine_handle<> waiter_;
  trace_context trace_;
  std::optional<result<T>> outcome_;
};

}  // namespace kith
