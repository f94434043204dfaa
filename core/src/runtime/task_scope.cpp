// SPDX-License-Identifier: MPL-2.0
#include "runtime/task_scope.hpp"

#include <utility>

namespace kith::runtime {
namespace {

bool is_cancelled(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (...) {
    return detail::error_of_current_exception().code == errc::cancelled;
  }
}

}  // namespace

struct task_scope::root {
  task<void> work;
  cancellation cancel;
  root* previous = nullptr;
  root* next = nullptr;
  bool* ended = nullptr;  // of the spawn() that is still on the stack
  std::coroutine_handle<> frame;
};

/// The outermost coroutine: starts at once, destroys itself at its end.
struct task_scope::driver {
  struct promise_type {
    kith::cancellation* cancel = nullptr;

    static void* operator new(std::size_t size) { return detail::allocate_frame(size); }
    static void operator delete(void* frame, std::size_t size) noexcept {
      detail::release_frame(frame, size);
    }
    promise_type(task_scope& /*scope*/, std::unique_ptr<root>& self) : cancel{&self->cancel} {
      self->frame = std::coroutine_handle<promise_type>::from_promise(*this);
    }
    driver get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

task_scope::driver task_scope::drive(task_scope& scope, std::unique_ptr<root> self) {
  std::exception_ptr failed;
  try {
    co_await std::move(self->work);
  } catch (...) {
    failed = std::current_exception();
  }
  self->work = {};  // its locals end before the scope counts it as gone
  if (failed && !(scope.closed_ && self->cancel.requested() && is_cancelled(failed))) {
    scope.on_error_(failed);
  }
  scope.finished(self.get());
}

cancellation* task_scope::spawn(task<void> work) {
  if (closed_) {
    return nullptr;
  }
  auto self = std::make_unique<root>();
  auto* const running = self.get();
  running->work = std::move(work);
  running->next = first_;
  if (first_ != nullptr) {
    first_->previous = running;
  }
  first_ = running;
  ++size_;
  bool ended = false;
  running->ended = &ended;
  drive(*this, std::move(self));
  if (ended) {
    return nullptr;
  }
  running->ended = nullptr;
  return &running->cancel;
}

void task_scope::finished(root* done) noexcept {
  if (done->previous != nullptr) {
    done->previous->next = done->next;
  } else {
    first_ = done->next;
  }
  if (done->next != nullptr) {
    done->next->previous = done->previous;
  }
  if (done->ended != nullptr) {
    *done->ended = true;
  }
  --size_;
}

void task_scope::close() {
  closed_ = true;
  // A cancelled task may finish, and thereby leave the list, inside request(): begin again.
  for (bool again = true; again;) {
    again = false;
    for (auto* at = first_; at != nullptr; at = at->next) {
      if (!at->cancel.requested()) {
        at->cancel.request();
        again = true;
        break;
      }
    }
  }
}

task_scope::~task_scope() {
  close();
  while (first_ != nullptr) {
    auto* const left = first_;
    finished(left);
    left->frame.destroy();  // frees `left` too: the frame owns it
  }
}

}  // namespace kith::runtime
