// SPDX-License-Identifier: MPL-2.0
#pragma once

// Where blocking work goes (a database, a card gateway), so that the loop never blocks. The pool is
// passed in: threads in production, in line in simulation.

#include <cstddef>
#include <memory>

#include <kith/errors.hpp>
#include <kith/function.hpp>

#include "runtime/loop.hpp"

namespace kith::runtime {

class pool {
 public:
  virtual ~pool() = default;
  /// Runs `work` off the loop, then `done` on it. On the loop's thread. `work` must not throw.
  /// queue_full when the bounded queue is full, shutting_down after `stop`; then neither runs.
  virtual result<void> run(unique_function<void()> work, unique_function<void()> done) = 0;
  /// Refuses new work, waits for what runs, drops what is queued. Idempotent.
  virtual void stop() = 0;
};

inline constexpr std::size_t pool_queue_limit = 4096;

/// `threads` threads over one bounded queue: `queue_limit` jobs beside those that run. A job counts
/// until `done` has run.
std::unique_ptr<pool> make_thread_pool(std::shared_ptr<mailbox> home, std::size_t threads,
                                       std::size_t queue_limit = pool_queue_limit);
/// Runs work at once and posts `done`: one thread, one order, virtual time.
std::unique_ptr<pool> make_inline_pool(loop& home);

}  // namespace kith::runtime
