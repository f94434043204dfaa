// SPDX-License-Identifier: MPL-2.0
#include <kith/task.hpp>

#include <gtest/gtest.h>

#include <malloc.h>

#include <coroutine>
#include <optional>
#include <string>
#include <vector>

namespace kith {
namespace {

/// Runs one task as a root: starts at once, keeps what came of it.
struct root {
  struct promise_type {
    kith::cancellation* cancel = nullptr;
    promise_type(task<std::string>& /*work*/, kith::cancellation& scope, std::string& /*out*/)
        : cancel{&scope} {}
    root get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

root drive(task<std::string> work, cancellation& /*scope*/, std::string& out) {
  try {
    out = co_await std::move(work);
  } catch (const failure& failed) {
    out = std::string{name_of(failed.what_code())};
  }
}

/// An operation that the test completes.
struct held {
  operation<std::string> wait() {
    return operation<std::string>{[this](operation<std::string>::completion done) {
      done_ = std::move(done);
      return unique_function<void()>{[this] {
        ++given_up;
        if (completes_when_given_up) {
          complete(fail(errc::cancelled, "given up"));
        }
      }};
    }};
  }
  void complete(result<std::string> value) {
    auto done = std::move(done_);
    done(std::move(value));
  }

  int given_up = 0;
  bool completes_when_given_up = true;

 private:
  operation<std::string>::completion done_;
};

task<std::string> leaf(held& h) {
  co_return co_await h.wait();
}
task<std::string> middle(held& h) {
  auto text = co_await leaf(h);
  co_return "<" + text + ">";
}
task<std::string> stubborn(held& h, std::vector<std::string>& seen) {
  for (int i = 0; i < 2; ++i) {
    try {
      seen.push_back(co_await leaf(h));
    } catch (const failure& failed) {
      seen.emplace_back(name_of(failed.what_code()));
    }
  }
  co_return "done";
}

class Task : public ::testing::Test {
 protected:
  cancellation scope_;
  held held_;
  std::string out_ = "running";
};

TEST_F(Task, IsLazy) {
  auto work = leaf(held_);
  EXPECT_TRUE(work.valid());
  auto moved = std::move(work);
  EXPECT_FALSE(work.valid());
}

TEST_F(Task, GivesTheValueThroughEveryLevel) {
  drive(middle(held_), scope_, out_);
  EXPECT_EQ(out_, "running");
  held_.complete(std::string{"42"});
  EXPECT_EQ(out_, "<42>");
}

TEST_F(Task, ThrowsTheErrorThroughEveryLevel) {
  drive(middle(held_), scope_, out_);
  held_.complete(fail(errc::not_found, "no"));
  EXPECT_EQ(out_, "not_found");
}

TEST_F(Task, GoesOnWhenTheOperationCompletesAtOnce) {
  const auto at_once = []() -> task<std::string> {
    co_return co_await operation<std::string>{[](auto done) {
      done(std::string{"now"});
      return unique_function<void()>{};
    }};
  };
  drive(at_once(), scope_, out_);
  EXPECT_EQ(out_, "now");
}

TEST_F(Task, ManyInARowNeedNoStack) {
  const auto at_once = []() -> task<int> { co_return 1; };
  const auto loop = [&]() -> task<std::string> {
    int sum = 0;
    for (int i = 0; i < 1000; ++i) {
      sum += co_await at_once();
    }
    co_return std::to_string(sum);
  };
  drive(loop(), scope_, out_);
  EXPECT_EQ(out_, "1000");
}

TEST_F(Task, CancellationReachesTheLeaf) {
  drive(middle(held_), scope_, out_);
  scope_.request();
  EXPECT_EQ(held_.given_up, 1);
  EXPECT_EQ(out_, "cancelled");
  scope_.request();
  EXPECT_EQ(held_.given_up, 1) << "idempotent";
}

TEST_F(Task, ALeafMayCompleteLaterThanItIsGivenUp) {
  held_.completes_when_given_up = false;
  drive(middle(held_), scope_, out_);
  scope_.request();
  EXPECT_EQ(out_, "running");
  held_.complete(std::string{"after all"});
  EXPECT_EQ(out_, "<after all>");
}

TEST_F(Task, WhatBeginsAfterTheCancellationEndsAtOnce) {
  scope_.request();
  drive(middle(held_), scope_, out_);
  EXPECT_EQ(out_, "cancelled");
  EXPECT_EQ(held_.given_up, 0);
}

TEST_F(Task, ACancelledTaskThatGoesOnIsCancelledAtItsNextLeaf) {
  std::vector<std::string> seen;
  drive(stubborn(held_, seen), scope_, out_);
  scope_.request();
  EXPECT_EQ(seen, (std::vector<std::string>{"cancelled", "cancelled"}));
  EXPECT_EQ(out_, "done");
}

TEST_F(Task, CancellationAfterTheEndTouchesNothing) {
  drive(middle(held_), scope_, out_);
  held_.complete(std::string{"x"});
  scope_.request();
  EXPECT_EQ(held_.given_up, 0);
  EXPECT_TRUE(scope_.requested());
}

TEST(FramePool, GivesAFrameBackForTheNextOneOfItsSize) {
  void* const first = detail::allocate_frame(200);
  detail::release_frame(first, 200);
  void* const second = detail::allocate_frame(193);
  EXPECT_EQ(first, second) << "one size class";
  void* const third = detail::allocate_frame(200);
  EXPECT_NE(second, third);
  detail::release_frame(second, 193);
  detail::release_frame(third, 200);
  void* const large = detail::allocate_frame(100'000);
  ASSERT_NE(large, nullptr);
  detail::release_frame(large, 100'000);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose malloc tells nothing
TEST(FramePool, GivesBackWhatABurstHasLeft) {
  const auto in_use = [] { return ::mallinfo2().uordblks; };
  const auto turn_over = [](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
      detail::release_frame(detail::allocate_frame(200), 200);
    }
  };
  turn_over(1);
  const auto before = in_use();
  std::vector<void*> burst(1000);
  for (auto& frame : burst) {
    frame = detail::allocate_frame(1000);
  }
  for (void* const frame : burst) {
    detail::release_frame(frame, 1000);
  }
  EXPECT_GT(in_use(), before + 500'000) << "kept for the next burst";
  turn_over(100'000);
  EXPECT_LT(in_use(), before + 50'000);
}
#endif

}  // namespace
}  // namespace kith
