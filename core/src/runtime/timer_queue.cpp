// SPDX-License-Identifier: MPL-2.0
#include "runtime/timer_queue.hpp"

#include <algorithm>
#include <utility>

namespace kith::runtime {
namespace {

constexpr std::size_t children = 4;  // a flat heap: fewer cache lines on the way

constexpr unsigned slot_bits = 32;

}  // namespace

timer_id timer_queue::arm(time_point at, callback fire) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
    free_.reserve(slots_.size());  // cancelling must not allocate
  }
  const auto index = free_.back();
  heap_.emplace_back();
  free_.pop_back();
  auto& armed = slots_[index];
  armed.fire = std::move(fire);
  ++armed.use;
  rise(heap_.size() - 1, {at, ++last_, index});
  return timer_id{std::uint64_t{armed.use} << slot_bits | index};
}

bool timer_queue::cancel(timer_id id) noexcept {
  const auto number = static_cast<std::uint64_t>(id);
  const auto index = static_cast<std::uint32_t>(number);
  const auto use = static_cast<std::uint32_t>(number >> slot_bits);
  if (use % 2 == 0 || index >= slots_.size() || slots_[index].use != use) {
    return false;
  }
  take(index);
  return true;
}

std::optional<time_point> timer_queue::next() const noexcept {
  return heap_.empty() ? std::nullopt : std::optional{heap_.front().at};
}

timer_queue::callback timer_queue::take_due(time_point now) noexcept {
  return heap_.empty() || heap_.front().at > now ? callback{} : take(heap_.front().slot);
}

/// Out of the heap and out of its slot. The last entry fills the hole.
timer_queue::callback timer_queue::take(std::uint32_t index) noexcept {
  auto& armed = slots_[index];
  const std::size_t hole = armed.place;
  const auto last = heap_.back();
  heap_.pop_back();
  if (hole < heap_.size()) {
    const bool up = hole > 0 && last.before(heap_[(hole - 1) / children]);
    up ? rise(hole, last) : sink(hole, last);
  }
  ++armed.use;
  free_.push_back(index);
  return std::exchange(armed.fire, {});
}

void timer_queue::put(std::size_t place, const entry& what) noexcept {
  heap_[place] = what;
  slots_[what.slot].place = static_cast<std::uint32_t>(place);
}

void timer_queue::rise(std::size_t place, const entry& what) noexcept {
  while (place > 0) {
    const auto parent = (place - 1) / children;
    if (!what.before(heap_[parent])) {
      break;
    }
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, what);
}

void timer_queue::sink(std::size_t place, const entry& what) noexcept {
  for (;;) {
    const auto first = place * children + 1;
    if (first >= heap_.size()) {
      break;
    }
    auto least = first;
    const auto end = std::min(first + children, heap_.size());
    for (auto child = first + 1; child < end; ++child) {
      if (heap_[child].before(heap_[least])) {
        least = child;
      }
    }
    if (!heap_[least].before(what)) {
      break;
    }
    put(place, heap_[least]);
    place = least;
  }
  put(place, what);
}

void timer_queue::clear() noexcept {
  while (!heap_.empty()) {
    take(heap_.back().slot);
  }
}

}  // namespace kith::runtime
