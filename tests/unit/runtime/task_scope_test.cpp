// SPDX-License-Identifier: MPL-2.0
#include "runtime/task_scope.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace kith::runtime {
namespace {

/// Operations that end when the test says so, or when they are given up.
struct gate {
  std::vector<std::shared_ptr<operation<void>::completion>> waiting;
  int given_up = 0;
  bool heeds_cancel = true;

  operation<void> pass() {
    return operation<void>{[this](operation<void>::completion done) -> unique_function<void()> {
      auto kept = std::make_shared<operation<void>::completion>(std::move(done));
      waiting.push_back(kept);
      return [this, kept] {
        ++given_up;
        if (heeds_cancel) {
          (*kept)(fail(errc::cancelled, "given up"));
        }
      };
    }};
  }
  void open() {
    for (auto& one : std::exchange(waiting, {})) {
      (*one)({});
    }
  }
};

/// Says when it goes.
struct local {
  explicit local(int& counter) : count{&counter} { ++*count; }
  local(const local&) = delete;
  local& operator=(const local&) = delete;
  ~local() { --*count; }
  int* count;
};

task<void> through(gate& g, int& passed, int& alive) {
  const local here{alive};
  co_await g.pass();
  ++passed;
}

task<void> stubborn(gate& g, int& passed) {
  for (int i = 0; i < 3; ++i) {
    try {
      co_await g.pass();
    } catch (const failure&) {
      ++passed;
    }
  }
}

task<void> cannot_tidy_up(gate& g) {
  try {
    co_await g.pass();
  } catch (const failure&) {
    throw std::runtime_error{"the disk is full"};
  }
}

task<void> fails() {
  throw std::runtime_error{"no"};
  co_return;
}

class TaskScope : public testing::Test {
 protected:
  std::string text_of(const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& what) {
      return what.what();
    }
  }

  gate door;
  int passed = 0;
  int alive = 0;
  std::vector<std::string> errors;
  task_scope scope{[this](const std::exception_ptr& e) { errors.push_back(text_of(e)); }};
};

TEST_F(TaskScope, RunsATaskToItsEnd) {
  EXPECT_NE(scope.spawn(through(door, passed, alive)), nullptr);
  EXPECT_EQ(scope.size(), 1U);
  door.open();
  EXPECT_EQ(passed, 1);
  EXPECT_EQ(alive, 0);
  EXPECT_TRUE(scope.empty());
}

TEST_F(TaskScope, GivesNoHandleToATaskThatHasEnded) {
  gate open;
  EXPECT_EQ(scope.spawn(fails()), nullptr);
  EXPECT_TRUE(scope.empty());
  EXPECT_EQ(errors, std::vector<std::string>{"no"});
}

TEST_F(TaskScope, CancelsOneTaskAlone) {
  scope.spawn(through(door, passed, alive));
  auto* const second = scope.spawn(through(door, passed, alive));
  scope.spawn(through(door, passed, alive));
  second->request();
  EXPECT_EQ(scope.size(), 2U);
  EXPECT_EQ(alive, 2);
  EXPECT_EQ(door.given_up, 1);
  ASSERT_EQ(errors.size(), 1U);  // nobody closed the scope: an error like any other
  door.waiting.erase(door.waiting.begin() + 1);
  door.open();
  EXPECT_EQ(passed, 2);
}

TEST_F(TaskScope, CancelsAllWhenItCloses) {
  for (int i = 0; i < 10; ++i) {
    scope.spawn(through(door, passed, alive));
  }
  scope.close();
  EXPECT_TRUE(scope.empty());
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(passed, 0);
  EXPECT_TRUE(errors.empty());
  scope.close();
}

TEST_F(TaskScope, TellsWhatWentWrongWithATaskThatWasCancelled) {
  scope.spawn(cannot_tidy_up(door));
  scope.spawn(through(door, passed, alive));
  scope.close();
  EXPECT_TRUE(scope.empty());
  EXPECT_EQ(errors, std::vector<std::string>{"the disk is full"});
}

TEST_F(TaskScope, DestroysWhatIsSpawnedAfterItClosed) {
  scope.close();
  EXPECT_EQ(scope.spawn(through(door, passed, alive)), nullptr);
  EXPECT_TRUE(door.waiting.empty());
  EXPECT_TRUE(scope.empty());
}

TEST_F(TaskScope, CancelsEveryLaterStepOfATaskThatGoesOn) {
  scope.spawn(stubborn(door, passed));
  scope.close();
  EXPECT_EQ(passed, 3);
  EXPECT_TRUE(scope.empty());
}

TEST_F(TaskScope, WaitsForATaskWhoseOperationCannotBeGivenUp) {
  door.heeds_cancel = false;
  scope.spawn(through(door, passed, alive));
  scope.close();
  EXPECT_EQ(scope.size(), 1U);
  door.open();
  EXPECT_TRUE(scope.empty());
  EXPECT_EQ(passed, 1);
}

TEST_F(TaskScope, DestroysAtItsEndWhatDidNotHeedTheCancellation) {
  door.heeds_cancel = false;
  {
    task_scope brief{[](const std::exception_ptr&) { FAIL(); }};
    brief.spawn(through(door, passed, alive));
    brief.spawn(through(door, passed, alive));
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(passed, 0);
}

TEST_F(TaskScope, ATaskMaySpawnAnotherAndEndOthers) {
  struct chain {
    static task<void> run(task_scope& scope, gate& g, int& passed, int& alive, int depth) {
      if (depth > 0) {
        scope.spawn(run(scope, g, passed, alive, depth - 1));
      }
      co_await through(g, passed, alive);
      scope.close();
    }
  };
  scope.spawn(chain::run(scope, door, passed, alive, 5));
  EXPECT_EQ(scope.size(), 6U);
  auto first = door.waiting.front();
  door.waiting.clear();
  (*first)({});
  EXPECT_EQ(passed, 1);
  EXPECT_TRUE(scope.empty());
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace kith::runtime
