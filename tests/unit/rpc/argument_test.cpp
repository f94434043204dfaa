// SPDX-License-Identifier: MPL-2.0
// What stands in one co_await expression with a call must survive GCC 12, which copies a braced
// struct bit by bit there and destroys it twice.

#include <gtest/gtest.h>

#include <kith/call.hpp>

#include "runtime/task_scope.hpp"

namespace kith {
namespace {

struct named {
  std::string text;
  std::int32_t number = 0;
};
KITH_DESCRIBE(named, text, number)

inline constexpr method<named, named> ask{"test.ask"};

/// Answers each call at once with its own body.
class mirror final : public detail::caller {
 public:
  std::uint64_t start(detail::raw_call call, detail::raw_completion done) override {
    seen.push_back(call);
    done(std::string_view{seen.back().body});
    return seen.size();
  }
  void give_up(std::uint64_t /*id*/) override {}
  std::unique_ptr<detail::incoming_stream> open(detail::raw_call /*call*/) override { return {}; }
  std::vector<detail::raw_call> seen;
};

task<void> ask_in_braces(mirror& there, std::vector<std::string>& heard) {
  const service_handle service{there, "a service with a name that is not short"};
  const named by_name{"short", 1};
  for (int i = 0; i < 100; ++i) {
    const named first = co_await service.call(ask, {"short", 1});
    const named second = co_await service.call(ask, by_name, {.deadline = std::chrono::seconds{1}});
    const auto third =
        co_await service.try_call(ask, {"a text that has no room in the string itself", 2},
                                  {.idempotency_key = "key", .traceparent = "trace"});
    const auto raw = co_await service.call_raw("test.ask", encode(by_name), {.traceparent = "t"});
    heard = {first.text, second.text, third->text, raw};
  }
}

TEST(Argument, InBracesWithinCoAwaitIsSound) {
  mirror there;
  std::vector<std::string> heard;
  runtime::task_scope scope{[](const std::exception_ptr&) { FAIL(); }};
  scope.spawn(ask_in_braces(there, heard));
  ASSERT_TRUE(scope.empty());
  EXPECT_EQ(heard, (std::vector<std::string>{"short", "short",
                                             "a text that has no room in the string itself",
                                             encode(named{"short", 1})}));
  EXPECT_EQ(there.seen[2].idempotency_key, "key");
  EXPECT_EQ(there.seen[2].traceparent, "trace");
  EXPECT_EQ(there.seen[1].deadline, std::chrono::seconds{1});
}

template <class From>
constexpr bool accepted = std::is_constructible_v<argument<named>, From>;

TEST(Argument, RefusesATemporaryStructWhereItWouldBreak) {
  static_assert(accepted<const named&> && accepted<named&>);
  static_assert(accepted<named> != detail::breaks_in_co_await<named>);
  static_assert(std::is_constructible_v<argument<nothing>, nothing>);
  static_assert(std::is_constructible_v<argument<nothing>>);
}

}  // namespace
}  // namespace kith
