// SPDX-License-Identifier: MPL-2.0
#include "rpc/turn_sample.hpp"

#include <gtest/gtest.h>

namespace kith::rpc {
namespace {

using namespace std::chrono_literals;

TEST(TurnSample, TimesEachCallOfAQuietTurn) {
  turn_sample sample;
  for (int turn = 1; turn < 100; ++turn) {
    for (std::uint64_t i = 0; i < turn_sample::each; ++i) {
      EXPECT_EQ(sample.next(time_point{} + turn * 1ms), 1U);
    }
  }
}

TEST(TurnSample, OfABusyTurnOneStandsForSixteen) {
  turn_sample sample;
  std::uint64_t timed = 0;
  std::uint64_t stood_for = 0;
  for (int i = 0; i < 4 + 160; ++i) {
    const auto times = sample.next(time_point{} + 1ms);
    timed += times > 0 ? 1 : 0;
    stood_for += times;
  }
  EXPECT_EQ(timed, 4U + 10U);
  EXPECT_EQ(stood_for, 4U + 160U);
}

}  // namespace
}  // namespace kith::rpc
