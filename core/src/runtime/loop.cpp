// SPDX-License-Identifier: MPL-2.0
#include "runtime/loop.hpp"

#include <utility>

namespace kith::runtime {

timer_id loop::at(time_point deadline, unique_function<void()> fire) {
  const auto id = timers_.arm(deadline, std::move(fire));
  if (!in_turn_) {
    wake();
  }
  return id;
}

void loop::post(unique_function<void()> work) {
  posted_.push_back(std::move(work));
  if (!in_turn_) {
    wake();
  }
}

void loop::at_turn_end(unique_function<void()> work) {
  hooks_.push_back(std::move(work));
  if (!in_turn_) {
    wake();
  }
}

void loop::turn(time_point now, unique_function<void()> work) {
  in_turn_ = true;
  now_ = now > now_ ? now : now_;
  if (work) {
    work();
  }
  run_timers();
  run_posts();
  run_hooks();
  in_turn_ = false;
}

void loop::run_timers() {
  // A timer armed for "now" by a timer waits for the next turn only when the budget is spent.
  for (std::size_t fired = 0; fired < posts_per_turn; ++fired) {
    auto fire = timers_.take_due(now_);
    if (!fire) {
      return;
    }
    fire();
  }
}

void loop::run_posts() {
  for (std::size_t ran = 0; !posted_.empty() && ran < posts_per_turn;) {
    running_.swap(posted_);
    for (auto& work : running_) {
      work();
      ++ran;
    }
    running_.clear();
  }
}

void loop::run_hooks() {
  // A hook may register another (a flush that completes a call whose continuation sends again).
  for (std::size_t round = 0; !hooks_.empty() && round < 8; ++round) {
    std::vector<unique_function<void()>> hooks;
    hooks.swap(hooks_);
    for (auto& hook : hooks) {
      hook();
    }
  }
  if (!hooks_.empty()) {
    post([] {});  // come back: the rest runs at the end of the next turn
  }
}

void loop::clear() noexcept {
  timers_.clear();
  posted_.clear();
  hooks_.clear();
}

}  // namespace kith::runtime
