// SPDX-License-Identifier: MPL-2.0
#include "runtime/pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>

#include "runtime/sim_loop.hpp"

namespace kith::runtime {
namespace {

using namespace std::chrono_literals;

class Pool : public testing::Test {
 protected:
  sim_scheduler world{1};
  sim_loop loop{world, 1};
};

TEST_F(Pool, InLineRunsAtOnceAndComesBackLaterInTheTurn) {
  const auto pool = make_inline_pool(loop);
  std::string order;
  loop.enter([&] {
    EXPECT_TRUE(pool->run([&] { order += 'w'; }, [&] { order += 'd'; }));
    order += 't';
  });
  EXPECT_EQ(order, "wtd");
}

TEST_F(Pool, InLineRefusesWorkAfterItsEnd) {
  const auto pool = make_inline_pool(loop);
  pool->stop();
  pool->stop();
  const auto refused = pool->run([] { FAIL(); }, [] { FAIL(); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what(), errc::shutting_down);
}

TEST_F(Pool, OfThreadsComesBackThroughTheMailbox) {
  auto posted = std::make_shared<std::promise<unique_function<void()>>>();
  const auto home = std::make_shared<mailbox>(
      [posted](unique_function<void()> work) { posted->set_value(std::move(work)); });
  const auto pool = make_thread_pool(home, 1);
  std::atomic<bool> worked = false;
  bool done = false;
  ASSERT_TRUE(pool->run([&] { worked = true; }, [&] { done = true; }));
  auto back = posted->get_future().get();
  EXPECT_TRUE(worked);
  EXPECT_FALSE(done);  // only the loop's thread runs it
  back();
  EXPECT_TRUE(done);
}

TEST_F(Pool, OfThreadsRefusesWhatIsOverItsQueue) {
  const auto home = std::make_shared<mailbox>([](unique_function<void()>) {});
  const auto pool = make_thread_pool(home, 1, 2);
  std::promise<void> begun;
  std::promise<void> go;
  ASSERT_TRUE(pool->run(
      [&] {
        begun.set_value();
        go.get_future().wait();
      },
      [] {}));
  begun.get_future().wait();
  EXPECT_TRUE(pool->run([] {}, [] {}));
  EXPECT_TRUE(pool->run([] {}, [] {}));
  const auto refused = pool->run([] { FAIL(); }, [] { FAIL(); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what(), errc::queue_full);
  go.set_value();
  pool->stop();
  EXPECT_EQ(pool->run([] {}, [] {}).error().what(), errc::shutting_down);
}

}  // namespace
}  // namespace kith::runtime
