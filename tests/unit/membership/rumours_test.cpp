// SPDX-License-Identifier: MPL-2.0
#include "membership/rumours.hpp"

#include <gtest/gtest.h>

namespace kith::membership {
namespace {

update news_of(std::uint8_t n, member_state state = member_state::suspect) {
  update news;
  news.id.octets[0] = n;
  news.state = state;
  return news;
}

TEST(Rumours, AreToldALimitedNumberOfTimes) {
  EXPECT_EQ(rumours::tellings(1), 4U);
  EXPECT_EQ(rumours::tellings(9), 4U);
  EXPECT_EQ(rumours::tellings(99), 8U);
  EXPECT_EQ(rumours::tellings(300), 12U);
  rumours all;
  all.put(news_of(1));
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(all.take(10, 99).size(), 1U);
  }
  EXPECT_TRUE(all.empty());
}

TEST(Rumours, ThoseToldLeastOftenComeFirst) {
  rumours all;
  all.put(news_of(1));
  static_cast<void>(all.take(1, 300));
  all.put(news_of(2));
  EXPECT_EQ(all.take(1, 300).front(), news_of(2));
  all.put(news_of(3));
  EXPECT_EQ(all.take(1, 300).front(), news_of(3));
}

TEST(Rumours, NewerNewsOfANodeReplacesTheOlderAndBeginsAnew) {
  rumours all;
  all.put(news_of(1));
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(all.take(1, 9));
  }
  all.put(news_of(1, member_state::dead));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(all.take(1, 9).front().state, member_state::dead);
  }
  EXPECT_TRUE(all.empty());
}

}  // namespace
}  // namespace kith::membership
