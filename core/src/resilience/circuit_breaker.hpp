// SPDX-License-Identifier: MPL-2.0
#pragma once

// A circuit breaker (Nygard, "Release It!"; semantics of resilience4j): closed, it counts; open, it
// refuses; half open, it lets a few calls through and decides by them. One for each peer and
// method.
//
// Design notes. Every call takes a permit and gives it back with its verdict, whatever happened to
// it. A permit names the generation it was given in, one for each change of state: a result from
// an earlier one is ignored, so that calls which a state before let through cannot decide this one.
// Half open, a permit is leased: a holder that never comes back costs its place for `lease` only.
// What comes back later than that still counts, since it tells of the peer all the same.
//
// `trip`, `reset`, the counts and the rates are there because resilience4j has them: the test of
// its cases (unit/resilience_data) compares by them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <kith/errors.hpp>
#include <kith/time.hpp>

#include "base/random.hpp"
#include "resilience/sliding_window.hpp"

namespace kith::resilience {

struct circuit_breaker_options {
  /// The latest so many calls, at most count_window::capacity; 0: by time.
  std::uint32_t window_calls = 0;
  /// The calls of the latest while.
  duration window_time = std::chrono::seconds{10};
  /// Fewer calls in the window decide nothing. By count, at most `window_calls`.
  std::uint32_t minimum_calls = 10;

  /// Opens at so many percent or more. Above 100: never.
  double failure_rate_percent = 50;
  /// A call that lasts so long or longer is slow. The default: none is.
  duration slow_call = duration::max();
  double slow_rate_percent = 50;

  /// Calls that decide whether it closes again; at most circuit_breaker::most_permits.
  std::uint32_t half_open_permits = 4;
  /// How long one of them may keep its place. Longer than calls last, else too many probe.
  duration lease = std::chrono::seconds{10};

  /// How long it refuses when it opens first; each time that it opens from half open on, times
  /// `open_factor`, up to `open_cap`. Lower heals sooner and asks a dead peer more often.
  duration open_wait = std::chrono::seconds{1};
  double open_factor = 2;
  duration open_cap = std::chrono::seconds{8};
  /// Each wait is longer by up to this part of it, so that callers do not come back together.
  double open_jitter = 0.2;
};

/// bad_config when no breaker can work by them; `where` is the option.
result<void> check(const circuit_breaker_options& options);

enum class breaker_state : std::uint8_t { closed, open, half_open };
std::string_view name_of(breaker_state state) noexcept;

enum class verdict : std::uint8_t {
  success,
  failure,   ///< the peer's: not an answer that blames the caller
  ignored,   ///< says nothing of the peer: never sent
  given_up,  ///< cancelled: says nothing but that it was slow, if it was
};

class circuit_breaker {
 public:
  static constexpr std::size_t most_permits = 16;

  /// Give it to `record` once, also when the call was never made.
  class permit {
    friend class circuit_breaker;
    explicit permit(std::uint32_t generation) noexcept : generation_{generation} {}
    std::uint32_t generation_;
    std::uint32_t place_ = 0;
    time_point until_{};
  };

  /// `options`, which are good by `check`, must outlive it: breakers share them.
  explicit circuit_breaker(const circuit_breaker_options& options);
  explicit circuit_breaker(circuit_breaker_options&&) = delete;

  /// May half-open it, when it was open for long enough.
  [[nodiscard]] std::optional<permit> try_acquire(time_point now) noexcept {
    return state_ == breaker_state::closed ? permit{generation_} : try_acquire_slowly(now);
  }
  /// Whether `try_acquire` would give a permit.
  [[nodiscard]] bool would_permit(time_point now) const noexcept {
    return state_ == breaker_state::closed || would_permit_slowly(now);
  }

  /// Returns the state that it went to, if that changed.
  std::optional<breaker_state> record(const permit& given, verdict what, duration took,
                                      time_point now, random_source& random) noexcept;

  /// Opens by hand, and goes on from there by itself.
  void trip(time_point now, random_source& random) noexcept;
  /// Closes by hand.
  void reset() noexcept;

  /// An open one stays open here until a call asks for a permit.
  [[nodiscard]] breaker_state state() const noexcept { return state_; }
  /// What the state was decided by, or is being decided by, as of the latest result.
  [[nodiscard]] const call_counts& counts() const noexcept { return counts_; }
  /// Of `counts`; nothing while there are too few calls to decide.
  [[nodiscard]] std::optional<double> failure_rate_percent() const noexcept;
  [[nodiscard]] std::optional<double> slow_rate_percent() const noexcept;
  /// Its instance is left out of a choice, without being asked for a permit.
  void refuse() noexcept { ++not_permitted_; }
  /// Refusals since it last closed or half-opened.
  [[nodiscard]] std::uint64_t not_permitted() const noexcept { return not_permitted_; }
  /// When an open one may be asked again.
  [[nodiscard]] time_point open_until() const noexcept { return open_until_; }

 private:
  std::optional<permit> try_acquire_slowly(time_point now) noexcept;
  [[nodiscard]] bool would_permit_slowly(time_point now) const noexcept;
  [[nodiscard]] std::optional<std::size_t> free_place(time_point now) const noexcept;
  void give_back(const permit& given) noexcept;
  [[nodiscard]] bool over_threshold() const noexcept;
  void open(time_point now, random_source& random) noexcept;
  void half_open() noexcept;
  void close() noexcept;
  void enter(breaker_state next) noexcept;
  void start_counting(std::uint32_t enough) noexcept;

  const circuit_breaker_options* options_;
  sliding_window window_;
  call_counts counts_;
  std::uint32_t enough_;  ///< calls that decide
  std::uint32_t generation_ = 0;
  std::uint64_t not_permitted_ = 0;
  time_point open_until_{};
  duration next_wait_;
  std::array<time_point, most_permits> places_{};  ///< until when each is taken; half open only
  breaker_state state_ = breaker_state::closed;
};

}  // namespace kith::resilience
