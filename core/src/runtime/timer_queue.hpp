// SPDX-License-Identifier: MPL-2.0
#pragma once

// The timers of one loop: a heap ordered by (deadline, order of arming), so that equal deadlines
// fire in the order in which they were armed and a simulated run is the same each time.
//
// Pure: `now` is an argument.
//
// Design notes
// - Every call arms a timer and nearly every call cancels it: neither may search or allocate. A
//   timer lives in a slot that knows its place in the heap, so cancelling takes it out there and
//   then; its number names the slot, and which use of it.
// - Slots are used again and never given back: memory follows the most timers that were ever armed
//   at once, and those are bounded by the tables of whoever arms them.

#include <cstdint>
#include <optional>
#include <vector>

#include <kith/function.hpp>
#include <kith/time.hpp>

namespace kith::runtime {

enum class timer_id : std::uint64_t { none = 0 };

class timer_queue {
 public:
  using callback = unique_function<void()>;

  timer_id arm(time_point at, callback fire);
  /// False when it has fired or never was.
  bool cancel(timer_id id) noexcept;
  [[nodiscard]] std::optional<time_point> next() const noexcept;
  /// Takes the first timer that is due, or an empty function. Fire it after taking it.
  callback take_due(time_point now) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
  void clear() noexcept;

 private:
  struct entry {
    time_point at;
    std::uint64_t order;
    std::uint32_t slot;
    [[nodiscard]] bool before(const entry& other) const noexcept {
      return at != other.at ? at < other.at : order < other.order;
    }
  };
  struct slot {
    callback fire;
    std::uint32_t place = 0;  ///< in the heap
    std::uint32_t use = 0;    ///< odd while it is armed
  };

  callback take(std::uint32_t index) noexcept;
  void put(std::size_t place, const entry& what) noexcept;
  void rise(std::size_t place, const entry& what) noexcept;
  void sink(std::size_t place, const entry& what) noexcept;

  std::vector<entry> heap_;
  std::vector<slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t last_ = 0;
};

}  // namespace kith::runtime
