// SPDX-License-Identifier: MPL-2.0
#pragma once

// Owns running root coroutines. Nothing runs without a scope: what is spawned here ends before the
// scope does. `close()` requests cancellation of all; the destructor destroys what did not heed it
// (a crash in simulation, a drain that ran out of time).

#include <cstddef>
#include <exception>
#include <memory>
#include <string>

#include <kith/function.hpp>
#include <kith/task.hpp>

namespace kith::runtime {

class task_scope {
 public:
  using error_handler = unique_function<void(std::exception_ptr)>;

  /// `on_error` hears what a spawned task threw, but for `errc::cancelled` after `close()`.
  explicit task_scope(error_handler on_error) : on_error_{std::move(on_error)} {}
  task_scope(const task_scope&) = delete;
  task_scope& operator=(const task_scope&) = delete;
  ~task_scope();

  /// Starts `work` now; it runs until its first suspension before this returns. A closed scope
  /// destroys it unstarted. The returned pointer cancels this task alone; it is valid while the
  /// task runs, and null when the task has ended already.
  cancellation* spawn(task<void> work);

  /// Refuses new work and cancels what runs. Idempotent.
  void close();
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  struct root;
  struct driver;
  static driver drive(task_scope& scope, std::unique_ptr<root> self);
  void finished(root* done) noexcept;

  error_handler on_error_;
  root* first_ = nullptr;
  std::size_t size_ = 0;
  bool closed_ = false;
};

}  // namespace kith::runtime
