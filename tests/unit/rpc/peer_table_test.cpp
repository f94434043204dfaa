// SPDX-License-Identifier: MPL-2.0
#include "rpc/peer_table.hpp"

#include <gtest/gtest.h>

namespace kith::rpc {
namespace {

constexpr node_id peer{{1}};
constexpr time_point begin{std::chrono::seconds{1000}};

TEST(PeerTable, ForgetsAPeerAtOnceWhenNothingIsOnItsWay) {
  peer_table table{{}};
  table.open(peer, begin);
  table.forget(peer);
  EXPECT_TRUE(table.all().empty());
}

TEST(PeerTable, ForgetsAPeerWhoseCallsHaveNoEndOnceTheyHaveOne) {
  peer_table table{{}};
  auto& record = table.open(peer, begin);
  record.outstanding = 1;
  table.forget(peer);
  ASSERT_EQ(table.all().size(), 1U);
  EXPECT_TRUE(record.forgotten) << "who ends the last of them is told to ask again";
  --record.outstanding;
  table.forget(peer);
  EXPECT_TRUE(table.all().empty());
}

TEST(PeerTable, KeepsAPeerThatIsThereAgain) {
  peer_table table{{}};
  table.open(peer, begin).outstanding = 1;
  table.forget(peer);
  EXPECT_FALSE(table.open(peer, begin).forgotten);
}

}  // namespace
}  // namespace kith::rpc
