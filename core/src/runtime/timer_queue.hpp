// SPDX-License-Identifier: MPL-2.0
#pragma once

// The timers of one loop: a heap ordered by (deadline, order of arming), so that equal deadlines
// fire in the order in which they were armed and a simulated run is the same each time.
//
// Pure: `now` is an argument. Cancelled timers leave a tombstone in the heap; when tombstones
// outnumber the living the heap is rebuilt, so memory follows the number of armed timers.

#include <cstdint>
#include <optional>
#include <unordered_map>
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
  [[nodiscard]] std::optional<time_point> next() noexcept;
  /// Takes the first timer that is due, or an empty function. Fire it after taking it.
  callback take_due(time_point now);
  [[nodiscard]] std::size_t size() const noexcept { return armed_.size(); }
  void clear() noexcept;

 private:
  struct entry {
    time_point at;
    std::uint64_t order;
  };
  struct later {
    bool operator()(const entry& a, const entry& b) const noexcept {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };

  void drop_tombstones() noexcept;

  std::vector<entry> heap_;
  std::unordered_map<std::uint64_t, callback> armed_;
  std::uint64_t last_ = 0;
};

}  // namespace kith::runtime
