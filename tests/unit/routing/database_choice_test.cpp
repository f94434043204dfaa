// SPDX-License-Identifier: MPL-2.0
#include "routing/database_choice.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kith::routing {
namespace {

using users = std::vector<database_user>;

TEST(DatabaseChoice, IsNoneWhereNobodyNamesOne) {
  EXPECT_EQ(choose_database({}, "blue"), "");
  EXPECT_EQ(choose_database(users{{"", 1}, {"", 2}}, "blue"), "");
}

TEST(DatabaseChoice, IsTheOneOfMostInstances) {
  EXPECT_EQ(choose_database(users{{"blue", 3}, {"green", 1}, {"blue", 2}}, ""), "blue");
  EXPECT_EQ(choose_database(users{{"blue", 3}, {"green", 1}, {"blue", 2}}, "green"), "blue");
  EXPECT_EQ(choose_database(users{{"green", 1}, {"", 2}, {"", 3}}, ""), "green");
}

TEST(DatabaseChoice, StaysAsItWasWhenThereAreAsManyOnAnother) {
  EXPECT_EQ(choose_database(users{{"blue", 1}, {"green", 2}}, "green"), "green");
  EXPECT_EQ(choose_database(users{{"green", 1}, {"blue", 2}}, "green"), "green");
  EXPECT_EQ(choose_database(users{{"green", 1}, {"blue", 2}}, "blue"), "blue");
}

TEST(DatabaseChoice, IsAtFirstTheOneOfTheOldestOfAsMany) {
  EXPECT_EQ(choose_database(users{{"blue", 2}, {"green", 1}}, ""), "green");
  EXPECT_EQ(choose_database(users{{"blue", 1}, {"green", 2}}, "red"), "blue");
  EXPECT_EQ(choose_database(users{{"a", 5}, {"b", 4}, {"b", 6}, {"a", 3}}, ""), "a");
}

TEST(DatabaseChoice, IsNotDecidedByWhoTakesNoCalls) {
  EXPECT_EQ(choose_database(users{{"blue", 1, 0}, {"blue", 2, 0}, {"green", 3}}, "blue"), "green");
}

}  // namespace
}  // namespace kith::routing
