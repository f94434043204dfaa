// SPDX-License-Identifier: MPL-2.0
// The order of one turn: what happened, due timers, what was posted, the hooks of the turn's end.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "runtime/sim_loop.hpp"

namespace kith::runtime {
namespace {

using namespace std::chrono_literals;

class Turn : public testing::Test {
 protected:
  sim_scheduler world{1};
  sim_loop loop{world, 1};
  std::string order;
};

TEST_F(Turn, RunsWorkTimersPostsAndHooksInThisOrder) {
  loop.enter([&] {
    loop.at_turn_end([&] { order += 'h'; });
    loop.post([&] { order += 'p'; });
    loop.after(0ms, [&] { order += 't'; });
    order += 'w';
  });
  EXPECT_EQ(order, "wtph");
}

TEST_F(Turn, RunsWhatAPostPostsBeforeTheHooks) {
  loop.enter([&] {
    loop.at_turn_end([&] { order += 'h'; });
    loop.post([&] {
      order += '1';
      loop.post([&] { order += '2'; });
    });
  });
  EXPECT_EQ(order, "12h");
}

TEST_F(Turn, RunsHooksOfHooksAndThenAgainInTheNextTurn) {
  int rounds = 0;
  unique_function<void()> again;
  again = [&] {
    if (++rounds < 20) {
      loop.at_turn_end([&] { again(); });
    }
  };
  loop.enter([&] { loop.at_turn_end([&] { again(); }); });
  EXPECT_GE(rounds, 2);
  EXPECT_LT(rounds, 20);  // a loop of hooks does not hold the turn for ever
  world.run_until(world.now() + 1ms);
  EXPECT_EQ(rounds, 20);
}

TEST_F(Turn, AHookBehindOneThatThrowsRunsInATurnOfItsOwn) {
  EXPECT_THROW(loop.enter([&] {
    loop.at_turn_end([] { throw std::runtime_error{"planted"}; });
    loop.at_turn_end([&] { order += 'h'; });
  }),
               std::runtime_error);
  EXPECT_EQ(order, "");
  world.run_until(world.now());
  EXPECT_EQ(order, "h");
}

TEST_F(Turn, SeesOneTimeFromItsBeginningToItsEnd) {
  world.run_until(world.now() + 5ms);
  loop.enter([&] {
    const auto begin = loop.now();
    EXPECT_EQ(begin, world.now());
    loop.post([&, begin] { EXPECT_EQ(loop.now(), begin); });
    loop.at_turn_end([&, begin] { EXPECT_EQ(loop.now(), begin); });
  });
}

TEST_F(Turn, APostOutsideATurnBeginsOne) {
  loop.post([&] { order += 'p'; });
  EXPECT_EQ(order, "");
  world.run_until(world.now());
  EXPECT_EQ(order, "p");
}

}  // namespace
}  // namespace kith::runtime
