// SPDX-License-Identifier: MPL-2.0

// A new version is rolled out: every instance of a service is stopped and started again, one after
// the other, under load. Nothing of it reaches the callers.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "echo.hpp"
#include "nodes.hpp"

namespace kith::test {
namespace {

/// Calls at a steady rate: one of `slow`, which must not be done twice, for each of `say`.
class load {
 public:
  explicit load(node& caller) : caller_{caller} {}

  task<void> run(std::chrono::microseconds every) {
    while (!ended_) {
      ask(echo::say, {"hello"});
      ask(echo::slow, {20});
      co_await caller_.sleep(every);
    }
  }
  void end() { ended_ = true; }

  [[nodiscard]] bool all_answered() const { return answered_ == asked_; }
  [[nodiscard]] std::uint64_t asked() const { return asked_; }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
  template <class Request>
  void ask(const method<Request, echo::saying>& which, const Request& request) {
    ++asked_;
    caller_.service("echo").call(which, request, {.deadline = 5s},
                                 [this](result<echo::saying> reply) {
                                   ++answered_;
                                   if (!reply) {
                                     failures_.push_back(reply.error().to_string());
                                   }
                                 });
  }

  node& caller_;
  std::uint64_t asked_ = 0;
  std::uint64_t answered_ = 0;
  std::vector<std::string> failures_;
  bool ended_ = false;
};

TEST_F(Nodes, ARestartOfEveryInstanceInTurnLosesNoCall) {
  const std::vector<std::string> names{"echo-1", "echo-2", "echo-3"};
  std::map<std::string, child_process> running;
  for (const auto& name : names) {
    running.emplace(name, start(name));
  }
  node caller{observer(domain_)};
  const auto all_there = [&] {
    return std::all_of(names.begin(), names.end(),
                       [&](const auto& name) { return in_rotation(caller, name); });
  };
  ASSERT_TRUE(caller.run_until(all_there, 10s * KITH_TIMEOUT_FACTOR));
  load calls{caller};
  caller.spawn(calls.run(5ms));
  for (int round = 0; round < 2; ++round) {
    for (const auto& name : names) {
      auto& process = running.at(name);
      process.signal(SIGTERM);
      std::optional<int> status;
      caller.run_until([&] { return status || (status = process.wait(0ms)); },
                       10s * KITH_TIMEOUT_FACTOR);
      ASSERT_EQ(status, 0) << process.log();
      running.erase(name);
      running.emplace(name, start(name));
      ASSERT_TRUE(caller.run_until(all_there, 10s * KITH_TIMEOUT_FACTOR))
          << name << " does not come back";
    }
  }
  calls.end();
  EXPECT_TRUE(caller.run_until([&] { return calls.all_answered(); }, 10s * KITH_TIMEOUT_FACTOR));
  EXPECT_EQ(calls.failures(), std::vector<std::string>{}) << "of " << calls.asked() << " calls";
  EXPECT_GT(calls.asked(), 200U);
  expect_balance(caller);
}

}  // namespace
}  // namespace kith::test
