// SPDX-License-Identifier: MPL-2.0
#include <kith/function.hpp>

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

namespace kith {
namespace {

TEST(UniqueFunction, IsEmptyUntilItHoldsSomething) {
  unique_function<void()> f;
  EXPECT_FALSE(f);
  f = [] {};
  EXPECT_TRUE(f);
  f = nullptr;
  EXPECT_FALSE(f);
}

TEST(UniqueFunction, TakesArgumentsAndReturnsValues) {
  unique_function<int(int, const std::string&)> f = [](int n, const std::string& text) {
    return n + static_cast<int>(text.size());
  };
  EXPECT_EQ(f(2, "abc"), 5);
  unique_function<std::unique_ptr<int>(std::unique_ptr<int>)> pass =
      [](std::unique_ptr<int> value) { return value; };
  EXPECT_EQ(*pass(std::make_unique<int>(7)), 7);
}

TEST(UniqueFunction, HoldsWhatCannotBeCopied) {
  unique_function<int()> f = [value = std::make_unique<int>(3)] { return *value; };
  auto moved = std::move(f);
  EXPECT_EQ(moved(), 3);
  EXPECT_FALSE(f);
}

TEST(UniqueFunction, KeepsStateBetweenCalls) {
  unique_function<int()> count = [n = 0]() mutable { return ++n; };
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(count(), 2);
}

/// Counts how many of it live.
struct tracked {
  explicit tracked(int& living) : living_{&living} { ++*living_; }
  tracked(tracked&& other) noexcept : living_{other.living_} { ++*living_; }
  tracked(const tracked&) = delete;
  tracked& operator=(const tracked&) = delete;
  tracked& operator=(tracked&&) = delete;
  ~tracked() { --*living_; }
  int* living_;
};

TEST(UniqueFunction, DestroysASmallCallableOnce) {
  int living = 0;
  {
    unique_function<void()> f = [t = tracked{living}] {};
    EXPECT_EQ(living, 1);
    auto moved = std::move(f);
    EXPECT_EQ(living, 1);
    f = std::move(moved);
    EXPECT_EQ(living, 1);
    f = nullptr;
    EXPECT_EQ(living, 0);
  }
  EXPECT_EQ(living, 0);
}

TEST(UniqueFunction, DestroysALargeCallableOnce) {
  int living = 0;
  {
    unique_function<int()> f = [t = tracked{living}, padding = std::array<int, 100>{1}] {
      return padding[0];
    };
    auto moved = std::move(f);
    EXPECT_EQ(living, 1);
    EXPECT_EQ(moved(), 1);
    unique_function<int()> other = [] { return 2; };
    other = std::move(moved);
    EXPECT_EQ(other(), 1);
  }
  EXPECT_EQ(living, 0);
}

}  // namespace
}  // namespace kith
