// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include <map>

#include "routing/power_of_two.hpp"
#include "routing/rendezvous.hpp"
#include "routing/round_robin.hpp"
#include "routing/slow_start.hpp"
#include "views.hpp"

namespace kith::routing {
namespace {

// The better of two.

TEST(PowerOfTwo, SpreadsEquals) {
  power_of_two chooser;
  for (const double share : shares_of(chooser, instances(4))) {
    EXPECT_NEAR(share, 0.25, 0.02);
  }
}

TEST(PowerOfTwo, SpreadsEqualsInProportionToTheWeights) {
  power_of_two chooser;
  auto view = instances(2);
  view[1].weight = 300;
  EXPECT_NEAR(shares_of(chooser, view)[1], 0.75, 0.02);
}

TEST(PowerOfTwo, FillsInProportionToTheWeightsWhenNothingCompletes) {
  power_of_two chooser;
  random_source random{1};
  auto view = instances(3);
  view[1].weight = 200;
  view[2].weight = 300;
  for (int i = 0; i < 600; ++i) {
    ++view[chooser.choose({view, all_of(view), {}, now}, random)].outstanding;
  }
  EXPECT_NEAR(view[0].outstanding, 100, 15);
  EXPECT_NEAR(view[1].outstanding, 200, 20);
  EXPECT_NEAR(view[2].outstanding, 300, 20);
}

TEST(PowerOfTwo, TheSlowOneIsTakenWhenTheOthersAreAsBusy) {
  power_of_two chooser;
  auto view = instances(2);
  const auto quick = load_of(milliseconds{1});
  const auto slow = load_of(milliseconds{10});
  view[0].load = &quick;
  view[1].load = &slow;
  EXPECT_EQ(shares_of(chooser, view)[1], 0);
  view[0].outstanding = 12;
  EXPECT_NEAR(shares_of(chooser, view)[1], 1, 1e-6);
}

TEST(PowerOfTwo, TheWorstOfManyIsNeverTaken) {
  power_of_two chooser;
  auto view = instances(5);
  const auto quick = load_of(milliseconds{1});
  const auto slow = load_of(milliseconds{10});
  for (auto& one : view) {
    one.load = &quick;
  }
  view[3].load = &slow;
  EXPECT_EQ(shares_of(chooser, view)[3], 0);
}

TEST(PowerOfTwo, OneWithoutHistoryIsTriedOnceAndThenWaitedFor) {
  power_of_two chooser;
  auto view = instances(2);
  const auto known = load_of(milliseconds{1});
  const peak_ewma unknown;
  view[0].load = &known;
  view[1].load = &unknown;
  EXPECT_NEAR(shares_of(chooser, view)[1], 1, 1e-6);
  view[1].outstanding = 1;
  view[0].outstanding = 1000;
  EXPECT_EQ(shares_of(chooser, view)[1], 0);
}

TEST(PowerOfTwo, DoesNotOverflowAtTheLimits) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  power_of_two chooser;
  auto view = instances(2);
  view[0].weight = view[1].weight = view[0].outstanding = most;
  EXPECT_NEAR(shares_of(chooser, view, 10)[1], 1, 1e-6);
}

TEST(PowerOfTwo, TheSameSeedChoosesTheSame) {
  power_of_two chooser;
  const auto view = instances(3);
  random_source first{7};
  random_source second{7};
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(chooser.choose({view, all_of(view), {}, now}, first),
              chooser.choose({view, all_of(view), {}, now}, second));
  }
}

// A new one among warm ones.

TEST(SlowStart, GrowsFromATenth) {
  EXPECT_DOUBLE_EQ(warmth(seconds{0}, seconds{30}), 0.1);
  EXPECT_DOUBLE_EQ(warmth(seconds{15}, seconds{30}), 0.5);
  EXPECT_DOUBLE_EQ(warmth(seconds{30}, seconds{30}), 1);
  EXPECT_DOUBLE_EQ(warmth(seconds{0}, seconds{0}), 1) << "no slow start";
}

TEST(SlowStart, ANewOneGetsLittleAndEqualsEqually) {
  power_of_two chooser;
  auto view = instances(2);
  view[1].warmth = 0.1;
  EXPECT_NEAR(shares_of(chooser, view)[1], 1.0 / 11, 0.02);
  view[0].warmth = 0.1;
  EXPECT_NEAR(shares_of(chooser, view)[1], 0.5, 0.02);
}

// One after the other.

std::string turns(round_robin& chooser, const std::vector<instance_view>& view,
                  const std::vector<std::uint32_t>& eligible, int count) {
  random_source random{1};
  std::string order;
  for (int i = 0; i < count; ++i) {
    order += view[chooser.choose({view, eligible, {}, now}, random)].instance;
  }
  return order;
}

TEST(RoundRobin, TakesTurns) {
  round_robin chooser;
  const auto view = instances(3);
  EXPECT_EQ(turns(chooser, view, all_of(view), 7), "abcabca");
}

TEST(RoundRobin, WeightsAreSmooth) {
  round_robin chooser;
  auto view = instances(2);
  view[0].weight = 200;
  EXPECT_EQ(turns(chooser, view, all_of(view), 6), "abaaba");
}

TEST(RoundRobin, GoesOnWithoutWhoIsNotEligible) {
  round_robin chooser;
  const auto view = instances(3);
  EXPECT_EQ(turns(chooser, view, {0, 2}, 4), "acac");
}

// By key.

std::vector<std::string> keys(int count) {
  std::vector<std::string> made;
  for (int i = 0; i < count; ++i) {
    made.push_back("customer-" + std::to_string(i));
  }
  return made;
}

TEST(Rendezvous, SpreadsKeysByWeight) {
  auto view = instances(4);
  view[3].weight = 200;
  std::vector<double> share(view.size());
  for (const auto& key : keys(20'000)) {
    share[choose_by_key({view, all_of(view), key, now})] += 1.0 / 20'000;
  }
  EXPECT_NEAR(share[0], 0.2, 0.01);
  EXPECT_NEAR(share[1], 0.2, 0.01);
  EXPECT_NEAR(share[2], 0.2, 0.01);
  EXPECT_NEAR(share[3], 0.4, 0.01);
}

TEST(Rendezvous, OneMoreTakesItsShareAndMovesNoOther) {
  const auto after = instances(5);
  const std::vector<instance_view> before{after.begin(), after.end() - 1};
  int moved = 0;
  for (const auto& key : keys(10'000)) {
    const auto was = choose_by_key({before, all_of(before), key, now});
    const auto is = choose_by_key({after, all_of(after), key, now});
    if (is != was) {
      ++moved;
      ASSERT_EQ(is, 4U) << key;
    }
  }
  EXPECT_NEAR(moved, 2000, 150);
}

TEST(Rendezvous, OneThatLeavesSpreadsItsKeysAndOneThatComesBackHasThemAgain) {
  auto view = instances(5);
  std::map<std::size_t, int> heirs;
  for (const auto& key : keys(5000)) {
    const auto was = choose_by_key({view, all_of(view), key, now});
    const auto is = choose_by_key({view, std::vector<std::uint32_t>{0, 1, 3, 4}, key, now});
    if (was == 2) {
      ++heirs[is];
    } else {
      ASSERT_EQ(is, was) << key;
    }
  }
  EXPECT_EQ(heirs.size(), 4U);
  const auto old = view;
  view[2].id.octets[1] = 77;  // restarted
  for (const auto& key : keys(100)) {
    EXPECT_EQ(choose_by_key({view, all_of(view), key, now}),
              choose_by_key({old, all_of(old), key, now}));
  }
}

}  // namespace
}  // namespace kith::routing
