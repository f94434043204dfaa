// SPDX-License-Identifier: MPL-2.0
#include "runtime/sim_loop.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace {

using namespace std::chrono_literals;
using kith::runtime::sim_loop;
using kith::runtime::sim_scheduler;

TEST(SimScheduler, RunsEventsByTimeAndThenInTheOrderOfScheduling) {
  sim_scheduler world{1};
  std::string order;
  world.after(2ms, [&] { order += 'c'; });
  world.after(1ms, [&] { order += 'a'; });
  world.after(1ms, [&] { order += 'b'; });
  world.run_until(world.now() + 1s);
  EXPECT_EQ(order, "abc");
}

TEST(SimScheduler, StopsAtTheLimitAndMovesTheClockThere) {
  sim_scheduler world{1};
  const auto begin = world.now();
  bool ran = false;
  world.after(10s, [&] { ran = true; });
  world.run_until(begin + 9s);
  EXPECT_FALSE(ran);
  EXPECT_EQ(world.now(), begin + 9s);
  world.run_until(begin + 10s);
  EXPECT_TRUE(ran);
}

TEST(SimScheduler, WhatIsScheduledInThePastHappensNow) {
  sim_scheduler world{1};
  const auto begin = world.now();
  kith::time_point at{};
  world.at(begin - 1h, [&] { at = world.now(); });
  world.run_until(begin);
  EXPECT_EQ(at, begin);
}

TEST(SimLoop, FiresTimersAtTheirVirtualTime) {
  sim_scheduler world{1};
  sim_loop loop{world, 1};
  const auto begin = loop.now();
  std::vector<kith::duration> fired;
  for (const auto delay : {3s, 1s, 2s}) {
    loop.after(delay, [&] { fired.push_back(loop.now() - begin); });
  }
  world.run_until(begin + 10s);
  EXPECT_EQ(fired, (std::vector<kith::duration>{1s, 2s, 3s}));
}

TEST(SimLoop, TheTimeIsReadAtTheBeginningOfATurnAndAnewBetweenTurns) {
  sim_scheduler world{1};
  sim_loop loop{world, 1};
  const auto begin = loop.now();
  loop.enter([] {});
  world.run_until(begin + 30s);
  EXPECT_EQ(loop.now(), begin + 30s) << "its last turn was long ago";
  bool fired = false;
  loop.after(20s, [&] { fired = true; });
  world.run_until(begin + 49s);
  EXPECT_FALSE(fired);
  world.run_until(begin + 50s);
  EXPECT_TRUE(fired);
}

TEST(SimLoop, ATimerMayArmAnother) {
  sim_scheduler world{1};
  sim_loop loop{world, 1};
  int ticks = 0;
  kith::unique_function<void()> tick;
  tick = [&] {
    ++ticks;
    loop.after(100ms, [&] { tick(); });
  };
  tick();
  world.run_until(world.now() + 1s);
  EXPECT_EQ(ticks, 11);
}

TEST(SimLoop, GoesOnAfterWorkThatThrew) {
  sim_scheduler world{1};
  sim_loop loop{world, 1};
  std::string done;
  loop.at_turn_end([&] { done += "h"; });
  loop.post([] { throw std::runtime_error{"planted"}; });
  loop.post([&] { done += "p"; });
  loop.after(1s, [&] { done += "t"; });
  EXPECT_THROW(world.run_until(loop.now() + 10ms), std::runtime_error);
  world.run_until(loop.now() + 2s);
  EXPECT_EQ(done, "pht") << "nothing of what was to come is lost";
}

TEST(SimLoop, WhatIsTooFarAwayIsAtTheEndOfTime) {
  sim_scheduler world{1};
  sim_loop loop{world, 1};
  world.run_until(loop.now() + 1s);
  EXPECT_EQ(loop.time_after(kith::duration::max()), kith::time_point::max());
  EXPECT_EQ(loop.time_after(1s), loop.now() + 1s);
}

TEST(SimLoop, ACancelledTimerDoesNotFire) {
  sim_scheduler world{1};
  sim_loop loop{world, 1};
  bool fired = false;
  const auto timer = loop.after(1s, [&] { fired = true; });
  EXPECT_TRUE(loop.cancel(timer));
  world.run_until(world.now() + 2s);
  EXPECT_FALSE(fired);
}

TEST(SimLoop, EndsATurnWithItsHooks) {
  sim_scheduler world{1};
  sim_loop loop{world, 1};
  std::string order;
  loop.enter([&] {
    loop.at_turn_end([&] { order += "hook "; });
    loop.post([&] { order += "post "; });
    order += "work ";
  });
  EXPECT_EQ(order, "work post hook ");
}

TEST(SimLoop, TheMailboxRunsInTheNextTurnAndOutlivesTheLoop) {
  sim_scheduler world{1};
  auto loop = std::make_unique<sim_loop>(world, 1);
  const auto mail = loop->mail();
  int ran = 0;
  mail->post([&] { ++ran; });
  EXPECT_EQ(ran, 0);
  world.run_until(world.now());
  EXPECT_EQ(ran, 1);
  mail->post([&] { ++ran; });
  loop.reset();
  mail->post([&] { ++ran; });
  world.run_until(world.now() + 1s);
  EXPECT_EQ(ran, 1);
}

TEST(SimLoop, APausedLoopRunsNothingAndCatchesUp) {
  sim_scheduler world{1};
  sim_loop loop{world, 1};
  std::string order;
  loop.after(1s, [&] { order += "timer "; });
  loop.pause();
  loop.enter([&] { order += "packet "; });
  world.run_until(world.now() + 5s);
  EXPECT_EQ(order, "");
  loop.resume();
  world.run_until(world.now());
  EXPECT_EQ(order, "timer packet ");
}

TEST(SimLoop, ShowsAFixedCalendarDatePlusVirtualTime) {
  sim_scheduler world{1};
  sim_loop loop{world, 1};
  const auto before = loop.wall_now();
  world.run_until(world.now() + 90min);
  EXPECT_EQ(loop.wall_now() - before, 90min);
}

}  // namespace
