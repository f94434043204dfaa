// SPDX-License-Identifier: MPL-2.0
#include "resilience/sliding_window.hpp"

namespace kith::resilience {
namespace {

std::optional<double> percent(std::uint32_t part, std::uint32_t total) noexcept {
  if (total == 0) {
    return std::nullopt;
  }
  return 100.0 * part / total;
}

void remove(call_counts& from, const call_counts& old) noexcept {
  from.total -= old.total;
  from.failed -= old.failed;
  from.slow -= old.slow;
}

}  // namespace

void call_counts::add(bool call_failed, bool call_slow) noexcept {
  ++total;
  failed += call_failed ? 1 : 0;
  slow += call_slow ? 1 : 0;
}

std::optional<double> call_counts::failed_percent() const noexcept {
  return percent(failed, total);
}

std::optional<double> call_counts::slow_percent() const noexcept {
  return percent(slow, total);
}

void count_window::record(bool failed, bool slow) noexcept {
  if (counts_.total == size_) {
    remove(counts_, {1, failed_[next_] ? 1U : 0U, slow_[next_] ? 1U : 0U});
  }
  failed_[next_] = failed;
  slow_[next_] = slow;
  counts_.add(failed, slow);
  next_ = next_ + 1 == size_ ? std::uint16_t{0} : static_cast<std::uint16_t>(next_ + 1);
}

void count_window::reset() noexcept {
  counts_ = {};
  next_ = 0;
}

void time_window::record(time_point now, bool failed, bool slow) noexcept {
  advance(now);
  buckets_[static_cast<std::size_t>(newest_) % buckets].add(failed, slow);
  counts_.add(failed, slow);
}

void time_window::advance(time_point now) noexcept {
  const auto current = now.time_since_epoch() / bucket_length_;
  if (current - newest_ >= static_cast<std::int64_t>(buckets)) {
    reset();
    newest_ = current;
  }
  while (newest_ < current) {
    ++newest_;
    auto& oldest = buckets_[static_cast<std::size_t>(newest_) % buckets];
    remove(counts_, oldest);
    oldest = {};
  }
}

void time_window::reset() noexcept {
  buckets_ = {};
  counts_ = {};
}

const call_counts& sliding_window::record(time_point now, bool failed, bool slow) noexcept {
  if (auto* const timed = std::get_if<time_window>(&window_)) {
    timed->record(now, failed, slow);
    return timed->counts();
  }
  auto& counted = *std::get_if<count_window>(&window_);
  counted.record(failed, slow);
  return counted.counts();
}

void sliding_window::reset() noexcept {
  if (auto* const timed = std::get_if<time_window>(&window_)) {
    timed->reset();
  } else {
    std::get_if<count_window>(&window_)->reset();
  }
}

}  // namespace kith::resilience
