// SPDX-License-Identifier: MPL-2.0

// Real processes on loopback: how nodes find, lose and leave each other.

#include <gtest/gtest.h>

#include <csignal>
#include <optional>
#include <thread>

#include <kith/blocking_client.hpp>

#include "echo.hpp"
#include "nodes.hpp"
#include "support/reserved_port.hpp"

namespace kith::test {
namespace {

TEST_F(Nodes, FindEachOtherInUnderASecondFiftyTimes) {
  std::chrono::milliseconds worst{0};
  for (int round = 0; round < 50; ++round) {
    domain_ = fresh_domain();
    node watcher{observer(domain_)};
    watcher.start();
    auto peer = start("echo-1");
    const auto begin = steady::now();
    ASSERT_TRUE(
        watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR))
        << "round " << round << "\n"
        << peer.log();
    worst = std::max(worst, since(begin));
    if (round == 49) {
      expect_balance(watcher);
    }
    peer.signal(SIGTERM);
    ASSERT_EQ(peer.wait(5s * KITH_TIMEOUT_FACTOR), 0) << peer.log();
  }
  EXPECT_LT(worst, 1000ms * KITH_TIMEOUT_FACTOR);
  RecordProperty("worst_ms", static_cast<int>(worst.count()));
}

TEST_F(Nodes, AKilledOneIsOutOfRotationWithinTwoSeconds) {
  auto peer = start("echo-1");
  auto other = start("echo-2");
  node watcher{observer(domain_)};
  ASSERT_TRUE(watcher.run_until(
      [&] { return in_rotation(watcher, "echo-1") && in_rotation(watcher, "echo-2"); },
      5s * KITH_TIMEOUT_FACTOR));
  peer.signal(SIGKILL);
  const auto begin = steady::now();
  EXPECT_TRUE(
      watcher.run_until([&] { return !in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR));
  EXPECT_LT(since(begin), 2000ms * KITH_TIMEOUT_FACTOR);
  expect_balance(watcher);
}

TEST_F(Nodes, AStoppedProcessIsOutOfRotationWithinTwoSecondsAndComesBack) {
  auto peer = start("echo-1");
  node watcher{observer(domain_)};
  ASSERT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR));
  peer.signal(SIGSTOP);
  const auto begin = steady::now();
  EXPECT_TRUE(
      watcher.run_until([&] { return !in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR));
  EXPECT_LT(since(begin), 2000ms * KITH_TIMEOUT_FACTOR);
  watcher.run_until([] { return false; }, 3s);
  peer.signal(SIGCONT);
  EXPECT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 10s * KITH_TIMEOUT_FACTOR));
  expect_balance(watcher);
}

TEST_F(Nodes, AStoppingOneSaysGoodbyeAndFinishesWhatItHas) {
  auto peer = start("echo-1");
  node watcher{observer(domain_)};
  ASSERT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR));
  std::optional<result<echo::saying>> answer;
  watcher.service("echo").call(
      echo::slow, {600}, {.deadline = 3s},
      unique_function<void(result<echo::saying>)>{
          [&](result<echo::saying> reply) { answer.emplace(std::move(reply)); }});
  watcher.run_until([] { return false; }, 100ms);
  end_without_audit("it must end with a call that is at work; what it says last is in sim");
  peer.signal(SIGTERM);
  const auto begin = steady::now();
  EXPECT_TRUE(
      watcher.run_until([&] { return !in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR));
  EXPECT_LT(since(begin), 500ms * KITH_TIMEOUT_FACTOR) << "goodbye comes at once";
  EXPECT_TRUE(watcher.run_until([&] { return answer.has_value(); }, 5s * KITH_TIMEOUT_FACTOR));
  ASSERT_TRUE(answer && answer->has_value()) << answer->error().to_string();
  EXPECT_EQ((*answer)->text, "late");
  EXPECT_EQ(peer.wait(6s * KITH_TIMEOUT_FACTOR), 0) << peer.log();
}

TEST_F(Nodes, ARestartedOneIsFoundOnItsNewPort) {
  auto first = start("echo-1");
  node watcher{observer(domain_)};
  ASSERT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR));
  const auto before = seen(watcher, "echo-1");
  first.signal(SIGKILL);
  first.wait(5s * KITH_TIMEOUT_FACTOR);
  auto second = start("echo-1");
  std::optional<member_info> found;
  EXPECT_TRUE(watcher.run_until(
      [&] {
        for (const auto& member : watcher.members()) {
          if (member.in_rotation && member.instance == "echo-1" && member.id != before->id) {
            found = member;
          }
        }
        return found.has_value();
      },
      2s * KITH_TIMEOUT_FACTOR));
  ASSERT_TRUE(found);
  EXPECT_NE(found->inbox, before->inbox);
  expect_balance(watcher);
}

TEST_F(Nodes, ACallToAHungProcessEndsAtItsDeadline) {
  auto peer = start("echo-1");
  blocking_client client{observer(domain_)};
  ASSERT_TRUE(client.try_call("echo", echo::say, {"warm"}, {.deadline = 5s}));
  const auto begin = steady::now();
  const auto answer = client.try_call("echo", echo::hang, {3000}, {.deadline = 300ms});
  const auto took = since(begin);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what(), errc::deadline_exceeded);
  EXPECT_EQ(answer.error().outcome, outcome::outcome_unknown);
  EXPECT_GE(took, 295ms);
  EXPECT_LT(took, 350ms * KITH_TIMEOUT_FACTOR);
  // While it hangs it tells nobody of its books.
  auto& own = client.node();
  EXPECT_TRUE(own.run_until([&] { return !in_rotation(own, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR));
  EXPECT_TRUE(own.run_until([&] { return in_rotation(own, "echo-1"); }, 10s * KITH_TIMEOUT_FACTOR));
  expect_balance(own);
}

TEST_F(Nodes, ACallAfterALongPauseFindsItsWay) {
  auto peer = start("echo-1");
  blocking_client client{observer(domain_)};
  ASSERT_TRUE(client.try_call("echo", echo::say, {"warm"}, {.deadline = 5s}));
  std::this_thread::sleep_for(7s);  // the service forgets who is silent for 6 s
  const auto answer = client.try_call("echo", echo::say, {"again"}, {.deadline = 3s});
  EXPECT_TRUE(answer) << answer.error().to_string();
  expect_balance(client.node());
}

TEST_F(Nodes, EventsArriveFromTheMomentTheSubscriptionIsConfirmed) {
  auto peer = start("echo-1");
  blocking_client client{observer(domain_)};
  std::uint64_t heard = 0;
  std::uint64_t missed = 0;
  const auto listening =
      client.node().subscribe(echo::ticks, [&](const echo::tick&) { ++heard; },
                              {.on_gap = [&](const event_gap& gap) { missed += gap.count; }});
  ASSERT_TRUE(client.node().run_until([&] { return listening.counts().publishers == 1; },
                                      5s * KITH_TIMEOUT_FACTOR));
  ASSERT_TRUE(client.try_call("echo", echo::publish, {5000, 0}, {.deadline = 5s}));
  EXPECT_TRUE(
      client.node().run_until([&] { return heard + missed >= 5000; }, 5s * KITH_TIMEOUT_FACTOR));
  EXPECT_EQ(heard, 5000U);
  EXPECT_EQ(missed, 0U);
  expect_balance(client.node());
}

TEST_F(Nodes, AStoppedSubscriberIsToldOfEveryEventItMissed) {
  auto peer = start("echo-1");
  blocking_client client{observer(domain_)};
  std::uint64_t heard = 0;
  std::uint64_t missed = 0;
  const auto listening =
      client.node().subscribe(echo::ticks, [&](const echo::tick&) { ++heard; },
                              {.on_gap = [&](const event_gap& gap) { missed += gap.count; }});
  ASSERT_TRUE(client.node().run_until([&] { return listening.counts().publishers == 1; },
                                      5s * KITH_TIMEOUT_FACTOR));
  // Publish far more than the transport's mark holds, while this loop reads nothing.
  std::uint64_t published = 0;
  {
    blocking_client other{observer(domain_)};
    for (int round = 0; round < 8000; ++round) {
      const auto answer = other.try_call("echo", echo::publish, {1, 8000}, {.deadline = 10s});
      ASSERT_TRUE(answer) << answer.error().to_string();
      published = answer->number;
    }
  }
  EXPECT_TRUE(client.node().run_until([&] { return heard + missed >= published; },
                                      20s * KITH_TIMEOUT_FACTOR))
      << "heard " << heard << ", missed " << missed << " of " << published;
  EXPECT_EQ(heard + missed, published);
  EXPECT_GT(missed, 0U) << "the burst was too small to overflow anything";
  expect_balance(client.node());
}

TEST_F(Nodes, APortThatIsTakenIsSaidWithItsOwner) {
  const reserved_port port;
  const auto taken = "tcp://" + port.address();
  auto first = start("echo-1", {"--listen", taken});
  node watcher{observer(domain_)};
  ASSERT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR))
      << first.log();
  auto second = start("echo-2", {"--listen", taken});
  EXPECT_EQ(second.wait(5s * KITH_TIMEOUT_FACTOR), 1);
  EXPECT_NE(second.log().find("address in use by pid " + std::to_string(first.pid())),
            std::string::npos)
      << second.log();
}

TEST_F(Nodes, AnAddressThatOthersReachIsRefusedWithTheNameOfTheFlag) {
  auto peer = start("echo-1", {"--listen", "tcp://0.0.0.0:*"});
  EXPECT_EQ(peer.wait(5s * KITH_TIMEOUT_FACTOR), 2);
  EXPECT_NE(peer.log().find("--insecure-lan"), std::string::npos) << peer.log();
  end_without_audit("it never became a node");
}

}  // namespace
}  // namespace kith::test
