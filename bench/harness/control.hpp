// SPDX-License-Identifier: MPL-2.0
#pragma once

// The driver's hold on a program: lines on standard input, one line of JSON for each on standard
// output. The end of the input ends the process, so nobody is left behind when the driver dies.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bench {

using seconds = std::chrono::duration<double>;

/// "run WARM_UP SECONDS"
struct run_request {
  seconds warm_up{};
  seconds span{};
};

/// What one run gives.
struct measurement {
  std::uint64_t operations = 0;      ///< within `span`
  seconds span{};                    ///< measured, not asked for
  std::uint64_t all_operations = 0;  ///< with the warm-up, for the CPU's share of each
  double p50_us = 0;                 ///< of one operation; 0 where many are in flight
  double p99_us = 0;
  std::uint64_t wrong = 0;  ///< answers that do not match, events that are lost or out of order
};

/// Told once, when everything is in place.
void say_ready(const std::string& endpoint = {});
/// Waits for the next line; nullopt at the end.
std::optional<run_request> next_request();
void report(const measurement& result);

/// For servers and subscribers, whose main thread works: ends the process with its input.
void end_with_input();
/// For those whose loop must go on meanwhile. All three run on a thread of their own.
void read_requests(std::function<void(run_request)> on_request, std::function<void()> on_end);
/// Any lines. Ends the process with its input.
void read_lines(std::function<void(std::string)> on_line);

/// For reports: "[1, 2, 3]".
std::string list_of(const std::vector<std::int64_t>& numbers);
/// Of CLOCK_MONOTONIC, which the driver reads, too.
std::int64_t microseconds_of(std::chrono::steady_clock::time_point at);

}  // namespace bench
