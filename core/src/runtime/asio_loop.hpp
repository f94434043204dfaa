// SPDX-License-Identifier: MPL-2.0
#pragma once

// The loop of production: one `asio::io_context`, run by one thread, one Asio timer for the queue.

#include <memory>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "runtime/loop.hpp"

namespace kith::runtime {

class asio_loop final : public loop {
 public:
  explicit asio_loop(std::uint64_t seed);
  ~asio_loop() override;

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] time_point clock() const noexcept override { return read_clock(); }
  [[nodiscard]] wall_time wall_now() const override;
  [[nodiscard]] std::shared_ptr<mailbox> mail() override;

  /// Every Asio handler that reaches kith's code goes through here: one turn around `work`.
  void enter(unique_function<void()> work);

  /// Runs until `stop()`. The calling thread is the loop's thread from now on.
  void run();
  /// Runs until `done()` is true or `stop()`; for the blocking client.
  void run_until(unique_function<bool()> done);
  /// Loop thread only.
  void stop() noexcept;

 private:
  void wake() override;
  void arm();
  static time_point read_clock() noexcept;

  asio::io_context context_{1};
  asio::steady_timer timer_{context_};
  std::shared_ptr<mailbox> mail_;
  time_point armed_for_ = time_point::max();
  bool woken_ = false;
  bool entered_ = false;
  bool stopped_ = false;
};

}  // namespace kith::runtime
