// SPDX-License-Identifier: MPL-2.0
#include "routing/eligible.hpp"

#include <gtest/gtest.h>

#include "views.hpp"

namespace kith::routing {
namespace {

using indices = std::vector<std::uint32_t>;

class Eligible : public ::testing::Test {
 protected:
  indices narrowed(std::string_view own_zone = {}) {
    indices left{99};
    told = narrow(view, own_zone, left);
    return left;
  }
  std::vector<instance_view> view = instances(5);
  eligibility told;
};

TEST_F(Eligible, AllAreUsually) {
  EXPECT_EQ(narrowed(), (indices{0, 1, 2, 3, 4}));
  EXPECT_FALSE(told.panic || told.own_zone || told.suspects || told.barred);
}

TEST_F(Eligible, NobodyOfNobody) {
  view.clear();
  EXPECT_EQ(narrowed(), indices{});
}

TEST_F(Eligible, WeightZeroTakesNone) {
  view[1].weight = 0;
  EXPECT_EQ(narrowed(), (indices{0, 2, 3, 4}));
}

TEST_F(Eligible, WhoWorksOnAnotherDatabaseIsAsIfItWereNotThere) {
  view[0].other_database = view[1].other_database = true;
  EXPECT_EQ(narrowed(), (indices{2, 3, 4}));
  view[2].ejected = true;
  EXPECT_EQ(narrowed(), (indices{3, 4})) << "one of three is no panic";
  view[2].ejected = false;
  view[2].suspect = view[3].suspect = view[4].suspect = true;
  EXPECT_EQ(narrowed(), (indices{2, 3, 4})) << "rather a suspect";
}

TEST_F(Eligible, SuspectsAreAskedWhenThereIsNobodyElse) {
  view[0].suspect = view[1].suspect = view[2].suspect = view[3].suspect = true;
  EXPECT_EQ(narrowed(), indices{4}) << "that most are silent is no reason to ask them";
  view[4].weight = 0;
  EXPECT_EQ(narrowed(), (indices{0, 1, 2, 3}));
  EXPECT_TRUE(told.suspects);
}

TEST_F(Eligible, OutliersAreLeftOutUnlessTheyAreMoreThanHalf) {
  view[0].ejected = view[1].ejected = true;
  EXPECT_EQ(narrowed(), (indices{2, 3, 4}));
  EXPECT_FALSE(told.panic);
  view[2].ejected = true;
  EXPECT_EQ(narrowed(), (indices{0, 1, 2, 3, 4}));
  EXPECT_TRUE(told.panic);
}

TEST_F(Eligible, WhoeverIsNotUsableCountsForThePanic) {
  view[0].ejected = view[1].suspect = true;
  EXPECT_EQ(narrowed(), (indices{2, 3, 4}));
  EXPECT_FALSE(told.panic);
  view[2].barred = true;
  EXPECT_EQ(narrowed(), (indices{0, 3, 4})) << "suspects and open breakers stay out of it";
  EXPECT_TRUE(told.panic);
  view[2].weight = 0;
  EXPECT_EQ(narrowed(), (indices{3, 4})) << "who takes nothing is none of them";
  EXPECT_FALSE(told.panic);
}

TEST_F(Eligible, ThereIsNoPanicInAZoneThatIsEnough) {
  view[0].zone = view[1].zone = "here";
  view[2].suspect = view[3].barred = view[4].ejected = true;
  EXPECT_EQ(narrowed("here"), (indices{0, 1}));
  EXPECT_FALSE(told.panic);
  EXPECT_EQ(narrowed(), (indices{0, 1, 4}));
  EXPECT_TRUE(told.panic);
}

TEST_F(Eligible, AnOpenBreakerIsObeyedInAPanicToo) {
  view[0].ejected = view[1].ejected = view[2].ejected = true;
  view[0].barred = true;
  EXPECT_EQ(narrowed(), (indices{1, 2, 3, 4}));
  EXPECT_TRUE(told.barred);
  for (auto& one : view) {
    one.barred = true;
  }
  EXPECT_EQ(narrowed(), indices{});
  EXPECT_TRUE(told.barred);
}

TEST_F(Eligible, TheOwnZoneIsPreferredWhileEnoughOfItIsUsable) {
  view[0].zone = view[1].zone = view[2].zone = "here";
  view[3].zone = view[4].zone = "there";
  EXPECT_EQ(narrowed("here"), (indices{0, 1, 2}));
  EXPECT_TRUE(told.own_zone);
  EXPECT_EQ(narrowed("elsewhere"), (indices{0, 1, 2, 3, 4})) << "nobody is there";
  view[0].ejected = true;  // two thirds are left, less than 1/1.4
  EXPECT_EQ(narrowed("here"), (indices{1, 2, 3, 4}));
  EXPECT_FALSE(told.own_zone);
  view[0].ejected = false;
  view[0].barred = true;
  EXPECT_EQ(narrowed("here"), (indices{1, 2, 3, 4}));
  view[0].barred = false;
  view[0].suspect = true;
  EXPECT_EQ(narrowed("here"), (indices{1, 2, 3, 4}));
}

TEST_F(Eligible, AZoneOfWhichNobodyIsUsableIsNotPreferred) {
  view[0].zone = "here";
  view[0].barred = true;
  EXPECT_EQ(narrowed("here"), (indices{1, 2, 3, 4}));
}

}  // namespace
}  // namespace kith::routing
