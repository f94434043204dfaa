// SPDX-License-Identifier: MPL-2.0
#include "runtime/sim_scheduler.hpp"

#include <algorithm>
#include <utility>

namespace kith::runtime {

void sim_scheduler::at(time_point when, unique_function<void()> work) {
  heap_.push_back({std::max(when, now_), next_order_++, std::move(work)});
  std::push_heap(heap_.begin(), heap_.end(), later{});
}

bool sim_scheduler::step(time_point limit) {
  if (heap_.empty() || heap_.front().at > limit) {
    now_ = std::max(now_, limit);
    return false;
  }
  std::pop_heap(heap_.begin(), heap_.end(), later{});
  event next = std::move(heap_.back());
  heap_.pop_back();
  now_ = next.at;
  next.work();
  return true;
}

void sim_scheduler::run_until(time_point limit) {
  while (step(limit)) {
  }
}

void sim_scheduler::clear() noexcept {
  // What an event owns may schedule from its destructor: let it, into a queue that is not ours.
  std::vector<event> gone;
  gone.swap(heap_);
}

}  // namespace kith::runtime
