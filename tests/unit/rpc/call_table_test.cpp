// SPDX-License-Identifier: MPL-2.0
#include "rpc/call_table.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/random.hpp"

namespace kith::rpc {
namespace {

node_id peer_number(std::uint8_t n) {
  node_id id;
  id.octets.fill(n);
  return id;
}

const node_id a = peer_number(1);
const node_id b = peer_number(2);

using lost_calls = std::vector<std::pair<std::uint64_t, outcome>>;

TEST(CallTable, SaysNotSentOfACallThatWasNeverWritten) {
  call_table table;
  table.add(1);
  EXPECT_EQ(table.end(1), outcome::not_sent);
  EXPECT_EQ(table.size(), 0U);
}

TEST(CallTable, SaysUnknownOfAWrittenCallThatEndsUnanswered) {
  call_table table;
  table.add(1);
  table.written(1, a, 1);
  EXPECT_EQ(table.end(1), outcome::outcome_unknown);
}

TEST(CallTable, GivesEachOutcomeOnce) {
  call_table table;
  table.add(1);
  table.written(1, a, 1);
  EXPECT_EQ(table.end(1, &a), outcome::answered);
  EXPECT_EQ(table.end(1, &a), std::nullopt);
  EXPECT_EQ(table.end(1), std::nullopt);
  EXPECT_EQ(table.end(99), std::nullopt);
}

TEST(CallTable, BelievesAnAnswerOnlyOfThePeerThatWasAsked) {
  call_table table;
  table.add(1);
  EXPECT_EQ(table.end(1, &a), std::nullopt);  // nobody was asked yet
  table.written(1, a, 1);
  EXPECT_EQ(table.end(1, &b), std::nullopt);
  EXPECT_EQ(table.end(1, &a), outcome::answered);
}

TEST(CallTable, TellsByThePositionWhatALostLinkMayHaveDelivered) {
  call_table table;
  for (std::uint64_t id = 1; id <= 5; ++id) {
    table.add(id);
  }
  table.written(3, a, 10);
  table.written(1, a, 11);
  table.written(2, a, 12);
  table.written(4, b, 12);
  EXPECT_EQ(table.lose(a, 11), (lost_calls{{1, outcome::outcome_unknown},
                                           {2, outcome::not_sent},
                                           {3, outcome::outcome_unknown}}));
  EXPECT_EQ(table.outstanding(a), 0U);
  EXPECT_EQ(table.outstanding(b), 1U);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.lose(a, 100), lost_calls{});
  EXPECT_EQ(table.end(1, &a), std::nullopt);
}

TEST(CallTable, CountsWhatIsOutstandingAtEachPeer) {
  call_table table;
  table.add(1);
  table.add(2);
  EXPECT_EQ(table.outstanding(a), 0U);
  table.written(1, a, 1);
  table.written(2, a, 2);
  EXPECT_EQ(table.outstanding(a), 2U);
  ASSERT_TRUE(table.where(2));
  EXPECT_EQ(table.where(2)->position, 2U);
  table.end(1, &a);
  EXPECT_EQ(table.outstanding(a), 1U);
  table.end(2);
  EXPECT_EQ(table.outstanding(a), 0U);
  EXPECT_FALSE(table.where(2));
}

TEST(CallTable, AgreesWithAPlainListWhateverIsDone) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    random_source random{seed};
    call_table table;
    std::map<std::uint64_t, std::optional<call_table::placed>> expected;
    std::uint64_t next = 0;
    for (int step = 0; step < 200; ++step) {
      const auto id = 1 + random.below(next + 1);
      const auto peer = random.below(2) == 0 ? a : b;
      const auto known = expected.find(id);
      switch (random.below(4)) {
        case 0: table.add(++next), expected[next]; break;
        case 1:
          if (known != expected.end() && !known->second) {
            table.written(id, peer, static_cast<std::uint64_t>(step));
            known->second = call_table::placed{peer, static_cast<std::uint64_t>(step)};
          }
          break;
        case 2: {
          const auto got = table.end(id, &peer);
          const bool counts =
              known != expected.end() && known->second && known->second->peer == peer;
          ASSERT_EQ(got.has_value(), counts);
          if (counts) {
            expected.erase(known);
          }
          break;
        }
        default: {
          if (random.below(10) > 0) {
            break;
          }
          const auto taken = random.below(static_cast<std::uint64_t>(step) + 1);
          lost_calls lost;
          for (auto at = expected.begin(); at != expected.end();) {
            const bool theirs = at->second && at->second->peer == peer;
            if (theirs) {
              lost.emplace_back(at->first, at->second->position > taken ? outcome::not_sent
                                                                        : outcome::outcome_unknown);
            }
            at = theirs ? expected.erase(at) : std::next(at);
          }
          ASSERT_EQ(table.lose(peer, taken), lost);
        }
      }
      ASSERT_EQ(table.size(), expected.size());
    }
  }
}

}  // namespace
}  // namespace kith::rpc
