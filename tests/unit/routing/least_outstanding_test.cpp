// SPDX-License-Identifier: MPL-2.0
#include "routing/least_outstanding.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kith::routing {
namespace {

instance_view instance(std::uint32_t outstanding, std::uint32_t weight = 100,
                       bool suspect = false) {
  instance_view view;
  view.outstanding = outstanding;
  view.weight = weight;
  view.suspect = suspect;
  return view;
}

class LeastOutstanding : public ::testing::Test {
 protected:
  std::optional<std::size_t> choose(const std::vector<instance_view>& view) {
    return balancer_.choose(view, random_);
  }
  /// How often each of `view` is chosen in `rounds`.
  std::vector<double> shares(const std::vector<instance_view>& view, int rounds = 20'000) {
    std::vector<double> share(view.size());
    for (int i = 0; i < rounds; ++i) {
      share[choose(view).value()] += 1.0 / rounds;
    }
    return share;
  }

  random_source random_{42};
  least_outstanding balancer_;
};

TEST_F(LeastOutstanding, ChoosesNobodyFromNobody) {
  EXPECT_EQ(choose({}), std::nullopt);
}

TEST_F(LeastOutstanding, ChoosesTheOneWithTheFewestCalls) {
  EXPECT_EQ(choose({instance(3), instance(1), instance(2)}), 1U);
}

TEST_F(LeastOutstanding, DividesByTheWeight) {
  EXPECT_EQ(choose({instance(3, 100), instance(5, 200)}), 1U);
  EXPECT_EQ(choose({instance(2, 100), instance(5, 200)}), 0U);
}

TEST_F(LeastOutstanding, SpreadsTiesEvenly) {
  for (const double share : shares({instance(2), instance(2), instance(2), instance(2)})) {
    EXPECT_NEAR(share, 0.25, 0.02);
  }
}

TEST_F(LeastOutstanding, SpreadsTiesInProportionToTheWeights) {
  const auto share = shares({instance(0, 100), instance(0, 300)});
  EXPECT_NEAR(share[0], 0.25, 0.02);
  EXPECT_NEAR(share[1], 0.75, 0.02);
}

TEST_F(LeastOutstanding, FillsInProportionToTheWeightsWhenNothingCompletes) {
  std::vector<instance_view> view{instance(0, 100), instance(0, 200), instance(0, 300)};
  for (int i = 0; i < 600; ++i) {
    ++view[choose(view).value()].outstanding;
  }
  EXPECT_NEAR(view[0].outstanding, 100, 2);
  EXPECT_NEAR(view[1].outstanding, 200, 2);
  EXPECT_NEAR(view[2].outstanding, 300, 2);
}

TEST_F(LeastOutstanding, WeightZeroTakesNone) {
  EXPECT_EQ(choose({instance(0, 0), instance(9)}), 1U);
  EXPECT_EQ(choose({instance(0, 0)}), std::nullopt);
}

TEST_F(LeastOutstanding, AsksASuspectOnlyWhenThereIsNothingElse) {
  EXPECT_EQ(choose({instance(0, 100, true), instance(50)}), 1U);
  EXPECT_EQ(choose({instance(50), instance(0, 100, true)}), 0U);
  EXPECT_EQ(choose({instance(7, 100, true), instance(4, 100, true)}), 1U);
  EXPECT_EQ(choose({instance(7, 100, true), instance(0, 0)}), 0U);
}

TEST_F(LeastOutstanding, DoesNotOverflowAtTheLimits) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  EXPECT_EQ(choose({instance(most, most), instance(0, most)}), 1U);
  EXPECT_TRUE(choose({instance(most, most), instance(most, most)}).has_value());
}

TEST_F(LeastOutstanding, TheSameSeedChoosesTheSame) {
  const std::vector<instance_view> view{instance(0), instance(0), instance(0)};
  random_source first{7};
  random_source second{7};
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(balancer_.choose(view, first), balancer_.choose(view, second));
  }
}

}  // namespace
}  // namespace kith::routing
