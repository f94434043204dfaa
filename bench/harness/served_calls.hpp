// SPDX-License-Identifier: MPL-2.0
#pragma once

// A server of the resilience runs: how it treats its calls, which the driver changes while it
// serves, and what it notes of them. Times are of CLOCK_MONOTONIC, which all processes share.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "harness/meters.hpp"

namespace bench {

/// What travels there and back.
struct job {
  std::uint64_t number = 0;
  bool is_long = false;  ///< takes a hundred times as long
  bool failed = false;   ///< set in the answer
};

struct temper {
  double works_ms = 20;  ///< for each call
  double spread = 0.5;   ///< and up to this part of it more
  double hangs = 0;      ///< 1: never answers
  double fails = 0;      ///< the share of calls that fails, at once
  double flap_ms = 0;    ///< fails and works in turns of so long; 0: it does not
};

struct treatment {
  enum class end { answers, fails, never };
  end how = end::answers;
  clock::duration takes{};
};

class served_calls {
 public:
  /// A call has come and is begun or queued.
  void came();
  /// How one that begins now is to be treated.
  treatment treat(const job& call);
  /// One whose work should have ended at `due` ends now.
  void worked(clock::time_point due);
  /// A line of the driver's: "temper KEY=VALUE...", or "report", which is answered by
  /// {"came": [when, µs], "late": [µs of each work]} and begins anew.
  void told(const std::string& line);

 private:
  bool happens(double share);

  temper now_;
  std::minstd_rand chance_{std::random_device{}()};
  std::vector<std::int64_t> came_us_;
  std::vector<std::int64_t> late_us_;
};

}  // namespace bench
