// SPDX-License-Identifier: MPL-2.0
// Two nodes, all the way: found by beacon, a call, an event.

#include <gtest/gtest.h>

#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

TEST(TwoNodes, FindEachOtherCallAndTell) {
  ear heard;
  std::optional<publisher<word>> say;
  cluster all{1};
  all.add("order-1", [&](node& n) {
    n.serve(echo, [](const word& what) { return word{what.text, what.number + 1}; });
    say = n.publishes(said);
  });
  all.add("payment-1", [&](node& n) { listen(n, said, heard); });

  ASSERT_TRUE(all.settle()) << all.log_tail();

  const auto got = all.call("payment-1", "order", echo, {"hello", 41});
  ASSERT_TRUE(got.good()) << got.why().to_string();
  EXPECT_EQ(**got.value, (word{"hello", 42}));
  EXPECT_EQ(got.times, 1);

  ASSERT_TRUE(all.world.run_until([&] { return heard.line->counts().publishers == 1; }, 2s))
      << all.log_tail();
  all.on("order-1", [&](node&) { EXPECT_EQ(say->publish({"good news", 7}).value(), 1U); });
  all.world.run_for(10ms);
  ASSERT_EQ(heard.heard.size(), 1U);
  EXPECT_EQ(heard.heard[0], (word{"good news", 7}));
  EXPECT_TRUE(heard.gaps.empty());

  all.stop("order-1");
  all.stop("payment-1");
  expect_balance(all);
}

}  // namespace
}  // namespace kith::test
