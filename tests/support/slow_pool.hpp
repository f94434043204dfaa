// SPDX-License-Identifier: MPL-2.0
#pragma once

// Blocking work that takes virtual time: a job runs some time after it was given, and its node
// hears of it some time after that. So others act between a decision and its transaction, and a
// node can die between a commit and the news of it.

#include <deque>
#include <memory>
#include <utility>

#include <kith/function.hpp>

#include "runtime/pool.hpp"
#include "transport/sim/sim_world.hpp"

namespace kith::test {

/// One thread of the process on `home`: it stands still while that is paused.
class slow_pool final : public runtime::pool {
 public:
  /// `takes` says how long the next part takes.
  slow_pool(sim::world& world, sim::host& home, unique_function<duration()> takes)
      : world_{world}, home_{home}, takes_{std::move(takes)} {}

  result<void> run(unique_function<void()> what, unique_function<void()> done) override {
    if (stopped_) {
      return fail(errc::shutting_down, "the pool for blocking work has stopped");
    }
    jobs_.push_back({std::move(what), std::move(done)});
    if (!std::exchange(busy_, true)) {
      later(&slow_pool::begin);
    }
    return {};
  }
  void stop() override {
    stopped_ = true;
    alive_.reset();
    jobs_.clear();
  }

 private:
  struct job {
    unique_function<void()> work;
    unique_function<void()> done;
  };

  void later(void (slow_pool::*part)()) {
    // Never at once: who dies at its work is gone before it hears of it.
    world_.after(takes_() + std::chrono::microseconds{1},
                 [this, part, token = std::weak_ptr{alive_}] {
                   if (!token.expired()) {
                     home_.enter([this, part] { (this->*part)(); });
                   }
                 });
  }
  void begin() {
    jobs_.front().work();
    later(&slow_pool::end);
  }
  void end() {
    auto done = std::move(jobs_.front().done);
    jobs_.pop_front();
    busy_ = !jobs_.empty();
    if (busy_) {
      later(&slow_pool::begin);
    }
    done();
  }

  sim::world& world_;
  sim::host& home_;
  unique_function<duration()> takes_;
  std::deque<job> jobs_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
  bool busy_ = false;
  bool stopped_ = false;
};

}  // namespace kith::test
