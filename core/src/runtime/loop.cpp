// SPDX-License-Identifier: MPL-2.0
#include "runtime/loop.hpp"

#include <iterator>
#include <utility>

#include "base/scope_exit.hpp"

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
  const scope_exit leave{[this] { in_turn_ = false; }};
  now_ = now > now_ ? now : now_;
  if (work) {
    work();
  }
  run_timers();
  run_posts();
  run_hooks();
}

/// What one that threw has left undone comes first the next time.
void loop::put_back(std::vector<unique_function<void()>>& ran, std::size_t undone,
                    std::vector<unique_function<void()>>& into) {
  if (undone < ran.size()) {
    into.insert(into.begin(),
                std::make_move_iterator(ran.begin() + static_cast<std::ptrdiff_t>(undone)),
                std::make_move_iterator(ran.end()));
  }
  ran.clear();
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
    std::size_t next = 0;
    const scope_exit keep{[this, &next] { put_back(running_, next, posted_); }};
    while (next < running_.size()) {
      running_[next++]();
      ++ran;
    }
  }
}

void loop::run_hooks() {
  // A hook may register another (a flush that completes a call whose continuation sends again).
  // What is left then runs at the end of the next turn.
  for (std::size_t round = 0; !hooks_.empty() && round < 8; ++round) {
    std::vector<unique_function<void()>> hooks;
    hooks.swap(hooks_);
    std::size_t next = 0;
    const scope_exit keep{[this, &hooks, &next] { put_back(hooks, next, hooks_); }};
    while (next < hooks.size()) {
      hooks[next++]();
    }
  }
}

void loop::clear() noexcept {
  timers_.clear();
  posted_.clear();
  hooks_.clear();
}

}  // namespace kith::runtime
