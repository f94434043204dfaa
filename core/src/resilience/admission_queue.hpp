// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calls that wait for a server to have a place: bounded, fair, and with nobody in it who could
// not be served in time.
//
// Design notes. The callers take turns, each with its oldest call. A call is refused when it comes,
// while its caller can still do something else, if this does not fit into the time that it has
// left:
//
//   (calls before it + 1) x mean time of a call / calls at once  +  mean time of its own kind
//
// A tenth of that time, at most 50 ms, is kept back for the way of the answer. Calls of others that
// come later may go before it, so the same is asked again when its turn has come: what could not
// end in time is not begun. In a full queue whoever has most calls in it gives way.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include <kith/time.hpp>

#include "resilience/mean_time.hpp"

namespace kith::resilience {

struct admission_options {
  std::size_t capacity = 1024;
  std::size_t bytes = std::size_t{64} << 20;  ///< of their bodies together
  bool shed = true;                           ///< refuse what cannot be in time
};

class admission_queue {
 public:
  struct entry {
    std::uint64_t caller = 0;
    std::uint64_t call = 0;  ///< the caller's number for it
    time_point deadline{};
    duration expected{};  ///< how long it takes once begun; zero when unknown
    std::size_t bytes = 0;
  };
  enum class refusal : std::uint8_t { full, too_late };
  struct admission {
    std::optional<refusal> refused;
    std::optional<entry> pushed_out;  ///< was in the queue, and is no longer: refuse it as `full`
  };
  enum class fate : std::uint8_t {
    begin,
    expired,   ///< its deadline has passed
    hopeless,  ///< it would pass before the call ends
  };
  struct turn {
    entry which;
    admission_queue::fate fate{};
  };

  explicit admission_queue(admission_options options = {}) noexcept : options_{options} {}

  /// `at_once` calls, 1 or more, are worked on at a time, and all places are taken now.
  admission push(const entry& which, time_point now, std::uint32_t at_once);
  /// The one whose turn it is; it is out of the queue then.
  std::optional<turn> pop(time_point now);
  /// The caller gave up. False when it is not here.
  bool remove(std::uint64_t caller, std::uint64_t call);
  /// The caller is gone: returns what it had here.
  std::vector<entry> remove_all(std::uint64_t caller);

  /// A call has ended that took `took`.
  void on_served(duration took) noexcept { mean_.add(took); }
  /// How long one more call of that caller would wait; zero when nothing has been served yet.
  [[nodiscard]] duration expected_wait(std::uint64_t caller, std::uint32_t at_once) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  struct place {
    entry which;
    time_point begin_by{};  ///< later than that it is hopeless
  };
  using line = std::deque<place>;

  [[nodiscard]] bool has_room(std::size_t calls, std::size_t bytes) const noexcept {
    return calls <= options_.capacity && bytes <= options_.bytes;
  }
  [[nodiscard]] std::size_t before(std::uint64_t caller) const noexcept;
  std::optional<entry> push_out_for(const entry& which);
  void drop_line(std::uint64_t caller);

  admission_options options_;
  std::map<std::uint64_t, line> lines_;  ///< none is empty
  std::deque<std::uint64_t> turns_;      ///< each caller of `lines_` once, the next one first
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  mean_time mean_;
};

}  // namespace kith::resilience
