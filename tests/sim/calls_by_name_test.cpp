// SPDX-License-Identifier: MPL-2.0
// Calls of which only the name of the method is known, as tools make them.

#include <gtest/gtest.h>

#include <set>

#include "sim/audit.hpp"
#include "support/cluster.hpp"

namespace kith::test {
namespace {

TEST(CallsByName, GoToThoseThatOfferIt) {
  constexpr method<word, word> later{"test.later"};
  cluster all{1};
  bool fails = false;
  all.add("order-1", [&](node& n) {
    n.serve(later, [&](word what) {
      if (fails) {
        throw failure{errc::handler_failed, "planted"};
      }
      return what;
    });
  });
  all.add("order-2");  // of a version before
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  std::vector<errc> came;
  struct caller {
    static task<void> run(node& n, std::string body, std::vector<errc>& came) {
      for (int i = 0; i < 20; ++i) {
        try {
          auto asking = n.service("order").call_raw("test.later", body);
          co_await asking;
          came.push_back(errc{});
        } catch (const failure& why) {
          came.push_back(why.what_code());
        }
      }
    }
  };
  const auto twenty = [&] {
    came.clear();
    all.on("payment-1", [&](node& n) { n.spawn(caller::run(n, encode(word{"", 1}), came)); });
    all.world.run_until([&] { return came.size() == 20; }, 60s);
    return std::set<errc>{came.begin(), came.end()};
  };
  EXPECT_EQ(twenty(), std::set{errc{}});
  fails = true;
  twenty();
  twenty();
  EXPECT_EQ(came.back(), errc::breaker_open) << "and order-2, which has none, is no way around";
  expect_balance(all);
}

}  // namespace
}  // namespace kith::test
