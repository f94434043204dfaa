// SPDX-License-Identifier: MPL-2.0
// Instances that fail in a row are not asked for a while, whatever the method.

#include <gtest/gtest.h>

#include <array>

#include <kith/introspection.hpp>

#include "resilience_rig.hpp"

namespace kith::test {
namespace {

/// How a call of payment-1 sees an instance of the service that it goes to.
candidate_info seen(cluster& all, const std::string& service, const method<word, word>& which,
                    const std::string& instance) {
  call_record record;
  const auto got = all.call("payment-1", service, which, word{}, {.record = &record});
  EXPECT_TRUE(got.good());
  for (const auto& one : record.attempts.front().candidates) {
    if (one.instance == instance) {
      return one;
    }
  }
  ADD_FAILURE() << instance << " is no candidate";
  return {};
}

TEST(Ejection, MayTakeOneInstanceOfEachService) {
  shop_of_many shop{21, 3, in_turns()};
  for (const auto* const name : {"stock-1", "stock-2", "stock-3"}) {
    shop.add(name);
  }
  shop.tempers["order-2"].fails = shop.tempers["stock-2"].fails = true;
  ASSERT_TRUE(shop.all.settle());
  for (const std::string service : {"order", "stock"}) {
    for (int i = 0; i < 3 * 5; ++i) {
      shop.all.call("payment-1", service, placing, word{});
    }
    EXPECT_EQ(shop.began[service + "-2"], 5);
  }
  for (const std::string service : {"order", "stock"}) {
    for (int i = 0; i < 3 * 5; ++i) {
      EXPECT_TRUE(shop.all.call("payment-1", service, placing, word{}).good());
    }
    EXPECT_EQ(shop.began[service + "-2"], 5);
    const auto bad = seen(shop.all, service, placing, service + "-2");
    EXPECT_EQ(bad.standing, "ejected");
    EXPECT_EQ(bad.breaker, "closed") << "five calls are too few for it";
  }
}

TEST(Ejection, ADeadInstanceFreesItsPlace) {
  for (const bool silently : {false, true}) {
    shop_of_many shop{23, 3, in_turns()};
    auto& all = shop.all;
    ASSERT_TRUE(all.settle());
    const auto ask = [&](int times) {
      for (int i = 0; i < times; ++i) {
        all.call("payment-1", "order", placing, word{});
      }
    };
    shop.tempers["order-2"].fails = true;
    ask(3 * 5);
    ASSERT_EQ(seen(all, "order", placing, "order-2").standing, "ejected");
    all.crash("order-2", silently);
    all.world.run_for(10s);  // of thirty
    shop.tempers["order-3"].fails = true;
    shop.began.clear();
    ask(2 * 5 + 10);
    EXPECT_EQ(shop.began["order-3"], 5);
    EXPECT_EQ(seen(all, "order", placing, "order-3").standing, "ejected");
  }
}

/// One instance that fails all its methods, and one that is well.
struct library {
  static constexpr std::array<method<word, word>, 5> methods{
      {{"test.lend"}, {"test.renew"}, {"test.return"}, {"test.reserve"}, {"test.pay"}}};
  library() {
    for (const std::string name : {"shelf-1", "shelf-2"}) {
      all.add(name, [this, name](node& n) {
        for (const auto& which : methods) {
          n.serve(which, [this, name](const word& what) {
            ++began[name];
            if (name == "shelf-1" && fails) {
              throw std::runtime_error{"burnt"};
            }
            return what;
          });
        }
      });
    }
    all.add("payment-1", {}, in_turns());
  }

  cluster all{22};
  std::map<std::string, int> began;
  bool fails = true;
};

TEST(Ejection, IsForFailuresOfAnyMethodAndForHalfAMinute) {
  library there;
  auto& all = there.all;
  ASSERT_TRUE(all.settle());
  for (const auto& which : library::methods) {
    EXPECT_LT(there.began["shelf-1"], 5);
    all.call("payment-1", "shelf", which, word{});
    all.call("payment-1", "shelf", which, word{});
  }
  const auto out_since = all.world.now();
  ASSERT_EQ(there.began["shelf-1"], 5) << "each method once";
  for (const auto& which : library::methods) {
    const auto bad = seen(all, "shelf", which, "shelf-1");
    EXPECT_EQ(bad.standing, "ejected");
    EXPECT_EQ(bad.breaker, "closed");
  }
  there.fails = false;
  while (all.world.now() < out_since + 29s) {
    EXPECT_TRUE(all.call("payment-1", "shelf", library::methods[0], word{}).good());
    all.world.run_for(500ms);
  }
  EXPECT_EQ(there.began["shelf-1"], 5) << "not asked";
  all.world.run_for(out_since + 32s - all.world.now());
  there.began.clear();
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(all.call("payment-1", "shelf", library::methods[0], word{}).good());
  }
  EXPECT_EQ(there.began["shelf-1"], 5) << "asked again";
  expect_balance(all);
}

TEST(Ejection, IsAsShortAsTheFirstOneWhenTheLastIsLongAgo) {
  library there;
  auto& all = there.all;
  ASSERT_TRUE(all.settle());
  const auto ask_for = [&](duration length) {
    const auto end = all.world.now() + length;
    there.began.clear();
    while (all.world.now() < end) {
      all.call("payment-1", "shelf", library::methods[0], word{});
      all.world.run_for(2s);
    }
    return there.began["shelf-1"];
  };
  there.fails = true;
  EXPECT_EQ(ask_for(22s), 5) << "out at the end of it";
  there.fails = false;
  EXPECT_GT(ask_for(60s), 0) << "back";
  there.fails = true;
  EXPECT_EQ(ask_for(22s), 5);
  there.fails = false;
  EXPECT_EQ(ask_for(20s), 0);
  EXPECT_GT(ask_for(20s), 0) << "half a minute again, not a whole one";
  expect_balance(all);
}

}  // namespace
}  // namespace kith::test
