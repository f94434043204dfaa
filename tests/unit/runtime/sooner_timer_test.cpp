// SPDX-License-Identifier: MPL-2.0
#include "runtime/sooner_timer.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "runtime/sim_loop.hpp"

namespace {

using namespace std::chrono_literals;
using kith::runtime::sim_loop;
using kith::runtime::sim_scheduler;
using kith::runtime::sooner_timer;

class SoonerTimer : public testing::Test {
 protected:
  void arm(kith::duration later) {
    loop.enter([&] { timer.arm(begin + later); });
  }
  std::vector<kith::duration> fired_within(kith::duration length) {
    world.run_until(begin + length);
    return fired;
  }

  sim_scheduler world{1};
  const kith::time_point begin = world.now();
  sim_loop loop{world, 1};
  std::vector<kith::duration> fired;
  sooner_timer timer{loop, [this] { fired.push_back(loop.now() - begin); }};
};

TEST_F(SoonerTimer, FiresOnceForTheEarliestReason) {
  arm(20ms);
  arm(10ms);
  arm(30ms);
  EXPECT_EQ(fired_within(1s), (std::vector<kith::duration>{10ms}));
}

TEST_F(SoonerTimer, CanBeArmedAgainOnceItHasFired) {
  arm(10ms);
  fired_within(15ms);
  arm(30ms);
  EXPECT_EQ(fired_within(1s), (std::vector<kith::duration>{10ms, 30ms}));
}

TEST_F(SoonerTimer, IsArmedAfreshWhenItWasCancelled) {
  arm(10ms);
  timer.cancel();
  arm(20ms);
  EXPECT_EQ(fired_within(1s), (std::vector<kith::duration>{20ms}));
}

}  // namespace
