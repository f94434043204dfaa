// SPDX-License-Identifier: MPL-2.0
#pragma once

// Seeds of a simulation: a run of them, those that KITH_SEEDS names ("21-40"), or the one that
// KITH_REPLAY does. Whoever loops over them keeps a `replay` in scope, so that every failure says
// how to see it again.

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace kith::test {

/// 1 to `count`, or to that share of it which this build runs (the setting KITH_SEED_SHARE), or
/// what the environment says.
std::vector<std::uint64_t> seeds(std::uint64_t count);

/// Whether KITH_SEEDS names the seeds: what some of them do not meet others do.
bool only_some_seeds();

/// Adds the command that replays this seed of the running test to each failure.
class replay {
 public:
  explicit replay(std::uint64_t seed);

 private:
  testing::ScopedTrace trace_;
};

}  // namespace kith::test
