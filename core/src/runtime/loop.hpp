// SPDX-License-Identifier: MPL-2.0
#pragma once

// One event loop: the clock, the timers, work for later, and the end of a turn.
//
// Design notes
// - Everything of a node runs in turns. A turn begins when something happens (a descriptor is
//   ready, a timer is due, another thread posted), runs what was posted during it, and ends with
//   the turn-end hooks: that is when batches leave, so that an idle system pays no delay.
// - `now()` is read once at the beginning of a turn: all decisions of one turn see one time. Who
//   drives a loop by himself also asks it between turns, when the last one may be long ago.
// - Two loops exist: `asio_loop` (real time; one Asio timer drives the queue) and the simulator's,
//   which jumps from deadline to deadline. Nothing else in kith reads a clock.
// - Only the mailbox that `mail()` gives may be used from another thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <kith/function.hpp>
#include <kith/time.hpp>

#include "base/random.hpp"
#include "runtime/mailbox.hpp"
#include "runtime/timer_queue.hpp"

namespace kith::runtime {

class loop {
 public:
  explicit loop(std::uint64_t seed) : random_{seed} {}
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;
  virtual ~loop() = default;

  /// The time at which this turn began; outside of one, the time itself.
  [[nodiscard]] time_point now() const noexcept { return in_turn_ ? now_ : clock(); }
  /// The time itself, for who measures what happens within a turn. Never to decide by.
  [[nodiscard]] virtual time_point clock() const noexcept = 0;
  [[nodiscard]] virtual wall_time wall_now() const = 0;
  [[nodiscard]] random_source& random() noexcept { return random_; }
  [[nodiscard]] virtual std::shared_ptr<mailbox> mail() = 0;

  timer_id at(time_point deadline, unique_function<void()> fire);
  timer_id after(duration delay, unique_function<void()> fire) {
    return at(time_after(delay), std::move(fire));
  }
  bool cancel(timer_id id) noexcept { return timers_.cancel(id); }

  /// Runs `work` later in this turn (or in the next one, when the turn's budget is spent).
  void post(unique_function<void()> work);
  /// Runs `work` once at the end of this turn, after what was posted.
  void at_turn_end(unique_function<void()> work);

  /// `delay` from now; what is further away than the clock can count is at its end.
  [[nodiscard]] time_point time_after(duration delay) const noexcept {
    const auto from = now();
    return delay < time_point::max() - from ? from + delay : time_point::max();
  }

 protected:
  static constexpr std::size_t posts_per_turn = 10'000;

  /// One turn: `work` first (it may be empty), then due timers, posts and hooks.
  void turn(time_point now, unique_function<void()> work);
  /// Posts or hooks are left of the last turn: another one is due at once.
  [[nodiscard]] bool has_work() const noexcept { return !posted_.empty() || !hooks_.empty(); }
  [[nodiscard]] std::optional<time_point> next_timer() noexcept { return timers_.next(); }
  /// Called when something was armed or posted outside a turn, so that the driver wakes up.
  virtual void wake() = 0;
  void set_now(time_point now) noexcept { now_ = now; }
  void clear() noexcept;

 private:
  static void put_back(std::vector<unique_function<void()>>& ran, std::size_t undone,
                       std::vector<unique_function<void()>>& into);
  void run_timers();
  void run_posts();
  void run_hooks();

  time_point now_{};
  timer_queue timers_;
  std::vector<unique_function<void()>> posted_;
  std::vector<unique_function<void()>> running_;
  std::vector<unique_function<void()>> hooks_;
  random_source random_;
  bool in_turn_ = false;
};

}  // namespace kith::runtime
