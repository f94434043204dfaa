// SPDX-License-Identifier: MPL-2.0
#include "rpc/waiting_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace kith::rpc {
namespace {

using testing::ElementsAre;

constexpr auto any_call = [](std::uint64_t) { return true; };

std::vector<std::uint64_t> asked(waiting_line& line) {
  std::vector<std::uint64_t> order;
  line.ask([&](std::uint64_t call) {
    order.push_back(call);
    return true;
  });
  return order;
}

TEST(WaitingLine, AsksTheFirstFirstAndKeepsWhoGoesOn) {
  waiting_line line;
  for (const std::uint64_t call : {3U, 1U, 2U}) {
    line.add(call, 3, any_call);
  }
  line.ask([](std::uint64_t call) { return call != 1; });
  EXPECT_THAT(asked(line), ElementsAre(3, 2));
}

TEST(WaitingLine, WhoComesMeanwhileWaitsBehindAndIsNotAsked) {
  waiting_line line;
  line.add(1, 2, any_call);
  line.ask([&](std::uint64_t call) {
    EXPECT_EQ(call, 1U);
    line.add(2, 2, any_call);
    return true;
  });
  EXPECT_THAT(asked(line), ElementsAre(1, 2));
}

TEST(WaitingLine, StaysNearTheNumberOfCallsThatWait) {
  waiting_line line;
  for (std::uint64_t call = 1; call <= 1000; ++call) {
    line.add(call, 2, [&](std::uint64_t old) { return old + 2 > call; });
  }
  EXPECT_LE(line.size(), 20U);
  const auto left = asked(line);
  EXPECT_EQ(left.back(), 1000U);
}

}  // namespace
}  // namespace kith::rpc
