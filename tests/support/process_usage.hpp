// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the kernel says of a living process.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kith::test {

struct process_usage {
  std::size_t resident_kb = 0;
  std::size_t descriptors = 0;
  std::uint64_t wakeups = 0;        ///< times a thread slept and was woken
  std::chrono::nanoseconds cpu{0};  ///< of all threads that live
};

/// Throws std::runtime_error when there is no such process.
process_usage usage_of(pid_t pid);

}  // namespace kith::test
