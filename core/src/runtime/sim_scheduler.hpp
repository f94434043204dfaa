// SPDX-License-Identifier: MPL-2.0
#pragma once

// The virtual clock of a simulated world and the one queue of all that will happen in it, ordered
// by (time, order of scheduling): the same seed gives the same run.

#include <cstdint>
#include <vector>

#include <kith/function.hpp>
#include <kith/time.hpp>

#include "base/random.hpp"

namespace kith::runtime {

class sim_scheduler {
 public:
  explicit sim_scheduler(std::uint64_t seed) : random_{seed} {}
  sim_scheduler(const sim_scheduler&) = delete;
  sim_scheduler& operator=(const sim_scheduler&) = delete;

  [[nodiscard]] time_point now() const noexcept { return now_; }
  [[nodiscard]] random_source& random() noexcept { return random_; }

  /// Runs `work` at `when`, or next when that has passed. Never runs it from inside this call.
  void at(time_point when, unique_function<void()> work);
  void after(duration delay, unique_function<void()> work) { at(now_ + delay, std::move(work)); }

  /// Runs the next event if it is not later than `limit`; else moves the clock there: false.
  bool step(time_point limit);
  void run_until(time_point limit);

  /// Drops everything that was scheduled.
  void clear() noexcept;

 private:
  struct event {
    time_point at;
    std::uint64_t order;
    unique_function<void()> work;
  };
  struct later {
    bool operator()(const event& a, const event& b) const noexcept {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };

  // Not zero, so that code which subtracts a timeout from `now` stays in range.
  time_point now_{std::chrono::hours{1}};
  std::vector<event> heap_;
  std::uint64_t next_order_ = 0;
  random_source random_;
};

}  // namespace kith::runtime
