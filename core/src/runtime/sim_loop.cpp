// SPDX-License-Identifier: MPL-2.0
#include "runtime/sim_loop.hpp"

#include <utility>

#include "base/scope_exit.hpp"

namespace kith::runtime {
namespace {

// 2026-01-01 00:00 UTC: what the wall of every simulated node shows at the world's beginning.
constexpr wall_time wall_epoch{std::chrono::seconds{1'767'225'600}};

}  // namespace

sim_loop::sim_loop(sim_scheduler& scheduler, std::uint64_t seed)
    : loop{seed},
      scheduler_{scheduler},
      mail_{std::make_shared<mailbox>(
          [this](unique_function<void()> work) { post(std::move(work)); })} {
  set_now(scheduler_.now());
}

sim_loop::~sim_loop() {
  mail_->close();
  clear();
}

wall_time sim_loop::wall_now() const {
  return wall_epoch + std::chrono::duration_cast<std::chrono::microseconds>(
                          scheduler_.now().time_since_epoch() + wall_offset_);
}

std::shared_ptr<mailbox> sim_loop::mail() {
  return mail_;
}

void sim_loop::enter(unique_function<void()> work) {
  if (entered_) {
    if (work) {
      work();
    }
    return;
  }
  if (paused_) {
    if (work) {
      held_.push_back(std::move(work));
    }
    return;
  }
  entered_ = true;
  const scope_exit leave{[this] {
    entered_ = false;
    arm();
  }};
  turn(scheduler_.now(), std::move(work));
}

void sim_loop::resume() {
  if (!std::exchange(paused_, false)) {
    return;
  }
  auto held = std::move(held_);
  held_.clear();
  for (auto& work : held) {
    post(std::move(work));
  }
  wake();
}

void sim_loop::wake() {
  if (!std::exchange(woken_, true)) {
    scheduler_.at(scheduler_.now(), [this, token = std::weak_ptr{alive_}] {
      if (!token.expired()) {
        woken_ = false;
        enter({});
      }
    });
  }
}

void sim_loop::arm() {
  if (has_work()) {
    wake();
  }
  const auto next = next_timer();
  if (!next || *next >= armed_for_) {
    return;  // an event that comes too early does no harm: it finds nothing due and arms anew
  }
  armed_for_ = *next;
  scheduler_.at(*next, [this, at = *next, token = std::weak_ptr{alive_}] {
    if (!token.expired() && armed_for_ == at) {
      armed_for_ = time_point::max();
      enter({});
    }
  });
}

}  // namespace kith::runtime
