// SPDX-License-Identifier: MPL-2.0
#include "events/subscription_waiters.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "runtime/sim_loop.hpp"

namespace kith::events {
namespace {

using namespace std::chrono_literals;

class SubscriptionWaiters : public testing::Test {
 protected:
  std::uint64_t wait_for(std::size_t publishers) {
    std::uint64_t number = 0;
    loop.enter([&] {
      number = waiters.add(1, publishers, 2s, [this](const result<void>& outcome) {
        ++ended;
        why = outcome ? errc{} : outcome.error().what();
      });
    });
    return number;
  }
  void check() {
    loop.enter([this] { waiters.check(); });
  }

  std::map<std::uint64_t, subscription_standing> standings{{1, {}}};
  int ended = 0;
  errc why{};
  runtime::sim_scheduler world{1};
  runtime::sim_loop loop{world, 1};
  subscription_waiters waiters{loop, [this](std::uint64_t id) {
                                 const auto found = standings.find(id);
                                 return found == standings.end() ? std::nullopt
                                                                 : std::optional{found->second};
                               }};
};

TEST_F(SubscriptionWaiters, EndWhenSoManyPublishersHaveConfirmed) {
  wait_for(2);
  standings[1].confirmed = 1;
  check();
  EXPECT_EQ(ended, 0);
  standings[1].confirmed = 2;
  check();
  check();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(why, errc{});
}

TEST_F(SubscriptionWaiters, EndWhenOneOfThemDenies) {
  wait_for(1);
  standings[1].denial = error{errc::permission_denied, "no"};
  check();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(why, errc::permission_denied);
}

TEST_F(SubscriptionWaiters, NeedNoOneThatDeniesWhenThereAreEnough) {
  wait_for(1);
  standings[1] = {1, error{errc::permission_denied, "no"}};
  check();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(why, errc{});
}

TEST_F(SubscriptionWaiters, EndWithTheSubscription) {
  wait_for(1);
  standings.clear();
  check();
  EXPECT_EQ(why, errc::cancelled);
}

TEST_F(SubscriptionWaiters, AreGivenUpOnce) {
  const auto number = wait_for(1);
  loop.enter([&] {
    waiters.end(number, {errc::cancelled, "the caller gave up"});
    waiters.end(number, {errc::cancelled, "again"});
    waiters.stop();
  });
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(why, errc::cancelled);
}

TEST_F(SubscriptionWaiters, EndWithTheNode) {
  wait_for(1);
  loop.enter([this] { waiters.stop(); });
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(why, errc::shutting_down);
}

}  // namespace
}  // namespace kith::events
