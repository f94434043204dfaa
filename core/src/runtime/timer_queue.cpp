// SPDX-License-Identifier: MPL-2.0
#include "runtime/timer_queue.hpp"

#include <algorithm>
#include <utility>

namespace kith::runtime {

timer_id timer_queue::arm(time_point at, callback fire) {
  const std::uint64_t order = ++last_;
  armed_.emplace(order, std::move(fire));
  heap_.push_back({at, order});
  std::push_heap(heap_.begin(), heap_.end(), later{});
  return timer_id{order};
}

bool timer_queue::cancel(timer_id id) noexcept {
  if (armed_.erase(static_cast<std::uint64_t>(id)) == 0) {
    return false;
  }
  if (heap_.size() > 64 && heap_.size() > 2 * armed_.size()) {
    std::erase_if(heap_, [this](const entry& e) { return !armed_.contains(e.order); });
    std::make_heap(heap_.begin(), heap_.end(), later{});
  }
  return true;
}

void timer_queue::drop_tombstones() noexcept {
  while (!heap_.empty() && !armed_.contains(heap_.front().order)) {
    std::pop_heap(heap_.begin(), heap_.end(), later{});
    heap_.pop_back();
  }
}

std::optional<time_point> timer_queue::next() noexcept {
  drop_tombstones();
  return heap_.empty() ? std::nullopt : std::optional{heap_.front().at};
}

timer_queue::callback timer_queue::take_due(time_point now) {
  drop_tombstones();
  if (heap_.empty() || heap_.front().at > now) {
    return {};
  }
  const auto found = armed_.find(heap_.front().order);
  auto fire = std::move(found->second);
  armed_.erase(found);
  drop_tombstones();
  return fire;
}

void timer_queue::clear() noexcept {
  heap_.clear();
  armed_.clear();
}

}  // namespace kith::runtime
