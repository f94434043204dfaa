// SPDX-License-Identifier: MPL-2.0
#include "peers/link_counts.hpp"

#include <gtest/gtest.h>

namespace kith::peers {
namespace {

using ledger::drop_reason;

inbound_count after(int reads) {
  inbound_count in;
  for (; reads > 0; --reads) {
    in.read_one();
  }
  return in;
}

TEST(InboundCount, AgreesWithTheSender) {
  auto in = after(3);
  EXPECT_EQ(in.check(3), 0U);
  in.read_one();
  EXPECT_EQ(in.check(4), 0U);
  EXPECT_EQ(in.read(), 4U);
  EXPECT_EQ(in.told(), 4U);
  EXPECT_EQ(in.missing() + in.surplus(), 0U);
}

TEST(InboundCount, FindsEachMissingOneOnce) {
  auto in = after(3);
  EXPECT_EQ(in.check(5), 2U);
  EXPECT_EQ(in.check(5), 0U);
  in.read_one();
  EXPECT_EQ(in.check(6), 0U);
  EXPECT_EQ(in.check(7), 1U);
  EXPECT_EQ(in.missing(), 3U);
  EXPECT_EQ(in.read(), 4U);
}

TEST(InboundCount, FindsWhatWasNeverSent) {
  auto in = after(3);
  EXPECT_EQ(in.check(2), 0U);
  EXPECT_EQ(in.surplus(), 1U);
  in.read_one();
  EXPECT_EQ(in.check(3), 0U);
  EXPECT_EQ(in.surplus(), 1U);
}

/// A flow that has `confirmed` delivered and `in_doubt` in flight.
class Settlement : public testing::Test {
 protected:
  void end_link(std::uint64_t read, std::uint64_t confirmed, std::uint64_t in_doubt) {
    books.sent += confirmed + in_doubt;
    books.delivered += confirmed;
    links.add({read, confirmed, in_doubt}, books);
  }
  ledger::flow books;
  settlement links;
};

TEST_F(Settlement, FindsOutWhatArrived) {
  end_link(7, 10, 5);
  EXPECT_EQ(links.read(), 7U);
  EXPECT_EQ(links.in_doubt(), 5U);
  EXPECT_TRUE(links.settle(13));
  EXPECT_EQ(books.delivered, 13U);
  EXPECT_EQ(books.drops(drop_reason::peer_lost), 2U);
  EXPECT_EQ(books.in_flight(), 0U);
  EXPECT_EQ(links.in_doubt(), 0U);
}

TEST_F(Settlement, GoesOnFromWhereBothAgreed) {
  end_link(7, 10, 5);
  EXPECT_TRUE(links.settle(13));
  end_link(1, 2, 4);
  end_link(0, 0, 3);
  EXPECT_EQ(links.read(), 8U);
  EXPECT_TRUE(links.settle(13 + 2 + 7)) << "all of both";
  EXPECT_EQ(books.delivered, 22U);
  EXPECT_EQ(books.drops(drop_reason::peer_lost), 2U);
}

TEST_F(Settlement, DoesNotBelieveThatMoreWasReadThanSent) {
  end_link(0, 10, 5);
  EXPECT_FALSE(links.settle(16));
  EXPECT_EQ(books.delivered, 15U);
  EXPECT_TRUE(books.balances());
}

TEST_F(Settlement, OfACrashedPeerIsUnknown) {
  end_link(0, 10, 5);
  links.give_up();
  links.give_up();
  EXPECT_EQ(books.drops(drop_reason::peer_crashed), 5U);
  EXPECT_EQ(books.in_flight(), 0U);
  EXPECT_EQ(links.in_doubt(), 0U);
  end_link(0, 0, 2);  // a link of it that was noticed later
  EXPECT_EQ(books.drops(drop_reason::peer_crashed), 7U);
}

TEST_F(Settlement, IsPutRightWhenThePeerComesBackAfterAll) {
  end_link(0, 10, 5);
  ledger::flow gone;
  links.count_in(gone);
  links.give_up();
  EXPECT_EQ(books.in_flight(), 0U);
  EXPECT_EQ(gone.drops(drop_reason::peer_crashed), 5U);
  EXPECT_TRUE(links.settle(12));
  EXPECT_EQ(gone.drops(drop_reason::peer_crashed), 0U);
  EXPECT_EQ(gone.delivered, 2U);
  EXPECT_EQ(gone.drops(drop_reason::peer_lost), 3U);
  EXPECT_EQ(gone.in_flight(), 0U);
}

TEST_F(Settlement, IsNeverMadeWithWhoHasForgottenUs) {
  end_link(0, 10, 5);
  EXPECT_TRUE(links.settle(0));
  EXPECT_EQ(books.drops(drop_reason::peer_crashed), 5U);
  end_link(0, 3, 1);
  EXPECT_TRUE(links.settle(4));
  EXPECT_EQ(books.delivered, 14U);
}

TEST_F(Settlement, OfNothingNeedsNoBooks) {
  EXPECT_TRUE(links.settle(5));
  links.give_up();
  EXPECT_EQ(links.in_doubt(), 0U);
}

TEST_F(Settlement, KeepsItsDoubtWhenItMoves) {
  end_link(0, 10, 5);
  links.give_up();
  ledger::flow gone;
  links.count_in(gone);
  EXPECT_EQ(books.sent, 10U);
  EXPECT_EQ(books.all_drops(), 0U);
  EXPECT_EQ(gone.drops(drop_reason::peer_crashed), 5U);
}

}  // namespace
}  // namespace kith::peers
