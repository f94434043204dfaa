// SPDX-License-Identifier: MPL-2.0
#pragma once

// The loop of one simulated node: its timers fire in virtual time, its turns are events of the
// scheduler. Destroying it (a crash) makes all that was pending on it vanish.

#include <memory>

#include "runtime/loop.hpp"
#include "runtime/sim_scheduler.hpp"

namespace kith::runtime {

class sim_loop final : public loop {
 public:
  sim_loop(sim_scheduler& scheduler, std::uint64_t seed);
  ~sim_loop() override;

  /// Virtual, from a fixed date on, plus the offset of this node's wrong clock.
  [[nodiscard]] time_point clock() const noexcept override { return scheduler_.now(); }
  [[nodiscard]] wall_time wall_now() const override;
  [[nodiscard]] std::shared_ptr<mailbox> mail() override;

  /// One turn around `work`, now. Inside a turn: part of it.
  void enter(unique_function<void()> work);
  [[nodiscard]] bool in_turn() const noexcept { return entered_; }

  void set_wall_offset(duration offset) noexcept { wall_offset_ = offset; }

  /// The process is stopped (SIGSTOP) or its loop blocked: turns wait until `resume`.
  void pause() noexcept { paused_ = true; }
  void resume();
  [[nodiscard]] bool paused() const noexcept { return paused_; }

 private:
  void wake() override;
  void arm();

  sim_scheduler& scheduler_;
  std::shared_ptr<mailbox> mail_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // how events find that it is gone
  time_point armed_for_ = time_point::max();
  duration wall_offset_{};
  std::vector<unique_function<void()>> held_;  // what came while paused
  bool woken_ = false;
  bool entered_ = false;
  bool paused_ = false;
};

}  // namespace kith::runtime
