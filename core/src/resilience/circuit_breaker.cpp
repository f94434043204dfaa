// SPDX-License-Identifier: MPL-2.0
#include "resilience/circuit_breaker.hpp"

#include <cassert>

#include "resilience/option_rule.hpp"

namespace kith::resilience {
namespace {

sliding_window window_of(const circuit_breaker_options& options) noexcept {
  return options.window_calls > 0 ? sliding_window{count_window{options.window_calls}}
                                  : sliding_window{time_window{options.window_time}};
}

/// `of` times `factor`, at most `cap`.
duration next_wait_after(duration of, double factor, duration cap) noexcept {
  const auto count = static_cast<double>(of.count()) * factor;
  return count < static_cast<double>(cap.count()) ? duration{static_cast<duration::rep>(count)}
                                                  : cap;
}

}  // namespace

result<void> check(const circuit_breaker_options& o) {
  const auto none = duration::zero();
  const bool by_count = o.window_calls > 0;
  const bool fits = !by_count || o.minimum_calls <= o.window_calls;
  const auto permits = o.half_open_permits;
  return check_rules(
      "circuit breaker",
      {
          {o.window_calls <= count_window::capacity, "window_calls", "256 or less"},
          {by_count || o.window_time >= time_window::shortest, "window_time", "positive"},
          {o.minimum_calls > 0 && fits, "minimum_calls", "positive, and fit into the window"},
          {o.failure_rate_percent > 0, "failure_rate_percent", "positive"},
          {o.slow_call > none, "slow_call", "positive"},
          {o.slow_rate_percent > 0, "slow_rate_percent", "positive"},
          {permits > 0 && permits <= circuit_breaker::most_permits, "half_open_permits",
           "from 1 to 16"},
          {o.lease > none, "lease", "positive"},
          {o.open_wait > none, "open_wait", "positive"},
          {o.open_factor >= 1, "open_factor", "at least 1"},
          {o.open_cap >= o.open_wait, "open_cap", "no less than open_wait"},
          {o.open_jitter >= 0 && o.open_jitter <= 1, "open_jitter", "from 0 to 1"},
      });
}

std::string_view name_of(breaker_state state) noexcept {
  switch (state) {
    case breaker_state::closed: return "closed";
    case breaker_state::open: return "open";
    case breaker_state::half_open: return "half_open";
  }
  return "unknown";
}

circuit_breaker::circuit_breaker(const circuit_breaker_options& options)
    : options_{&options},
      window_{window_of(options)},
      enough_{options.minimum_calls},
      next_wait_{options.open_wait} {
  assert(check(options));
}

std::optional<circuit_breaker::permit> circuit_breaker::try_acquire_slowly(
    time_point now) noexcept {
  if (!would_permit_slowly(now)) {
    ++not_permitted_;
    return std::nullopt;
  }
  if (state_ == breaker_state::open) {
    half_open();
  }
  permit given{generation_};
  given.place_ = static_cast<std::uint32_t>(*free_place(now));
  given.until_ = now + options_->lease;
  places_[given.place_] = given.until_;
  return given;
}

bool circuit_breaker::would_permit_slowly(time_point now) const noexcept {
  return state_ == breaker_state::open ? now >= open_until_ : free_place(now).has_value();
}

/// A call that was counted keeps its place: so many calls decide, not so many at once.
std::optional<std::size_t> circuit_breaker::free_place(time_point now) const noexcept {
  std::optional<std::size_t> free;
  std::uint32_t taken = counts_.total;
  for (std::size_t i = 0; i < options_->half_open_permits; ++i) {
    if (places_[i] > now) {
      ++taken;
    } else {
      free = i;
    }
  }
  return taken < options_->half_open_permits ? free : std::nullopt;
}

void circuit_breaker::give_back(const permit& given) noexcept {
  auto& until = places_[given.place_];
  if (until == given.until_) {  // else the lease is over, and the place may be another's
    until = {};
  }
}

std::optional<breaker_state> circuit_breaker::record(const permit& given, verdict what,
                                                     duration took, time_point now,
                                                     random_source& random) noexcept {
  if (given.generation_ != generation_) {
    return std::nullopt;
  }
  const bool probing = state_ == breaker_state::half_open;
  if (probing) {
    give_back(given);
  }
  const bool failed = what == verdict::failure;
  const bool slow = took >= options_->slow_call;
  if (what == verdict::ignored || (what == verdict::given_up && !slow)) {
    return std::nullopt;
  }
  if (probing) {
    counts_.add(failed, slow);
  } else {
    counts_ = window_.record(now, failed, slow);
  }
  if (counts_.total < enough_) {
    return std::nullopt;
  }
  if (over_threshold()) {
    open(now, random);
    return state_;
  }
  if (probing) {
    close();
    return state_;
  }
  return std::nullopt;
}

bool circuit_breaker::over_threshold() const noexcept {
  return counts_.failed_percent() >= options_->failure_rate_percent ||
         counts_.slow_percent() >= options_->slow_rate_percent;
}

std::optional<double> circuit_breaker::failure_rate_percent() const noexcept {
  return counts_.total < enough_ ? std::nullopt : counts_.failed_percent();
}

std::optional<double> circuit_breaker::slow_rate_percent() const noexcept {
  return counts_.total < enough_ ? std::nullopt : counts_.slow_percent();
}

void circuit_breaker::trip(time_point now, random_source& random) noexcept {
  open(now, random);
}

void circuit_breaker::reset() noexcept {
  close();
}

void circuit_breaker::open(time_point now, random_source& random) noexcept {
  const auto jitter = static_cast<double>(next_wait_.count()) * options_->open_jitter;
  open_until_ = now + next_wait_ + duration{random.below(static_cast<std::uint64_t>(jitter))};
  next_wait_ = next_wait_after(next_wait_, options_->open_factor, options_->open_cap);
  enter(breaker_state::open);
}

void circuit_breaker::half_open() noexcept {
  enter(breaker_state::half_open);
  start_counting(options_->half_open_permits);
  places_ = {};
}

void circuit_breaker::close() noexcept {
  enter(breaker_state::closed);
  start_counting(options_->minimum_calls);
  window_.reset();
  next_wait_ = options_->open_wait;
}

void circuit_breaker::enter(breaker_state next) noexcept {
  state_ = next;
  ++generation_;
}

void circuit_breaker::start_counting(std::uint32_t enough) noexcept {
  counts_ = {};
  enough_ = enough;
  not_permitted_ = 0;
}

}  // namespace kith::resilience
