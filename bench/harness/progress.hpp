// SPDX-License-Identifier: MPL-2.0
#pragma once

// How far each subscriber has come, in memory that the processes share. A publisher is never more
// than its window ahead of the slowest one, so that no contender drops for want of room and all are
// held to the same pace; the counters cost each of them the same.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/control.hpp"

namespace bench {

inline constexpr std::size_t max_subscribers = 64;

/// One subscriber's; only it writes.
struct alignas(128) subscriber_progress {
  std::atomic<std::uint64_t> last{0};       ///< sequence of the newest event
  std::atomic<std::uint64_t> delivered{0};  ///< how many came
  std::atomic<std::uint64_t> wrong{0};      ///< that were lost, came twice or in another order

  void on_event(std::uint64_t sequence) noexcept {
    const auto before = last.load(std::memory_order_relaxed);
    if (before != 0 && sequence != before + 1) {
      wrong.fetch_add(sequence > before ? sequence - before - 1 : 1, std::memory_order_relaxed);
    }
    delivered.store(delivered.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    last.store(sequence, std::memory_order_release);
  }
};

/// The file is made by the driver, and mapped by all.
class progress {
 public:
  /// \throws std::system_error
  progress(const std::string& file, std::size_t subscribers);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();

  [[nodiscard]] subscriber_progress& of(std::size_t index) noexcept { return slots_[index]; }
  /// The least `last` of all; 0 until everyone has heard something.
  [[nodiscard]] std::uint64_t slowest() const noexcept;
  [[nodiscard]] std::uint64_t delivered() const noexcept;
  [[nodiscard]] std::uint64_t wrong() const noexcept;

 private:
  subscriber_progress* slots_;
  std::size_t subscribers_;
};

/// The publisher's side of one run: when to publish, when to wait, and what came of it.
class pacing {
 public:
  pacing(const run_request& request, const progress& heard, std::size_t window,
         std::uint64_t published);

  /// How many to publish now: some dozens, or 0, which asks for a pause.
  [[nodiscard]] std::size_t allowance() noexcept;
  void published_up_to(std::uint64_t sequence) noexcept { published_ = sequence; }
  /// The time is up, and everyone has heard everything (or has had the time for it).
  [[nodiscard]] bool over() noexcept;
  [[nodiscard]] measurement result() const;

 private:
  static constexpr std::size_t burst = 64;

  void look() noexcept;

  const progress& heard_;
  std::size_t window_;
  std::uint64_t published_;
  std::chrono::steady_clock::time_point measured_from_;
  std::chrono::steady_clock::time_point end_;
  std::chrono::steady_clock::time_point last_;
  std::uint64_t delivered_at_start_;
  std::uint64_t wrong_at_start_;
  std::uint64_t delivered_when_warm_ = 0;
  std::uint64_t delivered_at_end_ = 0;
  bool warm_ = false;
  bool timed_out_ = false;
};

/// How long a publisher pauses when its window is full.
inline constexpr std::chrono::microseconds pause{50};

}  // namespace bench
