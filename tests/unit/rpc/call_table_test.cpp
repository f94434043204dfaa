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
  EXPECT_EQ(table.end(table.begin()), outcome::not_sent);
  EXPECT_EQ(table.size(), 0U);
}

TEST(CallTable, SaysUnknownOfAWrittenCallThatEndsUnanswered) {
  call_table table;
  const auto id = table.begin();
  table.written(id, a, 1);
  EXPECT_EQ(table.end(id), outcome::outcome_unknown);
}

TEST(CallTable, GivesEachOutcomeOnce) {
  call_table table;
  const auto id = table.begin();
  table.written(id, a, 1);
  EXPECT_EQ(table.end(id, &a), outcome::answered);
  EXPECT_EQ(table.end(id, &a), std::nullopt);
  EXPECT_EQ(table.end(id), std::nullopt);
  EXPECT_EQ(table.end(99), std::nullopt);
  EXPECT_EQ(table.end(0), std::nullopt);
}

TEST(CallTable, BelievesAnAnswerOnlyOfThePeerThatWasAsked) {
  call_table table;
  const auto id = table.begin();
  EXPECT_EQ(table.end(id, &a), std::nullopt);  // nobody was asked yet
  table.written(id, a, 1);
  EXPECT_EQ(table.end(id, &b), std::nullopt);
  EXPECT_EQ(table.end(id, &a), outcome::answered);
}

TEST(CallTable, ALateAnswerIsNotTakenForThatOfTheNextCallInItsRow) {
  call_table table;
  const auto early = table.begin();
  table.written(early, a, 1);
  table.end(early);
  const auto next = table.begin();
  table.written(next, a, 2);
  EXPECT_EQ(call_table::row_of(early), call_table::row_of(next));
  EXPECT_EQ(table.end(early, &a), std::nullopt);
  EXPECT_EQ(table.end(next, &a), outcome::answered);
}

TEST(CallTable, NumbersCountUpWhateverRowsAreFree) {
  call_table table;
  std::uint64_t last = 0;
  std::vector<std::uint64_t> living;
  for (int i = 0; i < 1000; ++i) {
    living.push_back(table.begin());
    EXPECT_GT(living.back(), last);
    last = living.back();
    if (i % 3 == 0) {
      table.end(living.front());
      living.erase(living.begin());
    }
  }
  EXPECT_EQ(table.all(), living);
}

TEST(CallTable, TellsByThePositionWhatALostLinkMayHaveDelivered) {
  call_table table;
  const std::vector<std::uint64_t> ids{table.begin(), table.begin(), table.begin(), table.begin(),
                                       table.begin()};
  table.written(ids[2], a, 10);
  table.written(ids[0], a, 11);
  table.written(ids[1], a, 12);
  table.written(ids[3], b, 12);
  EXPECT_EQ(table.lose(a, 11), (lost_calls{{ids[0], outcome::outcome_unknown},
                                           {ids[1], outcome::not_sent},
                                           {ids[2], outcome::outcome_unknown}}));
  EXPECT_EQ(table.outstanding(a), 0U);
  EXPECT_EQ(table.outstanding(b), 1U);
  EXPECT_EQ(table.lose(a, 100), lost_calls{});
  EXPECT_EQ(table.end(ids[0], &a), std::nullopt);
  EXPECT_EQ(table.size(), 5U) << "they wait again";
}

TEST(CallTable, WhatIsTakenBackIsNoMoreAnsweredByWhoHadIt) {
  call_table table;
  const auto id = table.begin();
  EXPECT_EQ(table.take_back(id), outcome::not_sent);
  table.written(id, a, 1);
  EXPECT_EQ(table.take_back(id, &b), std::nullopt);
  EXPECT_EQ(table.take_back(id, &a), outcome::answered);
  EXPECT_EQ(table.outstanding(a), 0U);
  table.written(id, b, 1);
  EXPECT_EQ(table.end(id, &a), std::nullopt);
  EXPECT_EQ(table.take_back(id), outcome::outcome_unknown);
  table.written(id, a, 2);
  EXPECT_EQ(table.end(id, &a), outcome::answered);
  EXPECT_EQ(table.take_back(id), std::nullopt);
  EXPECT_EQ(table.size(), 0U);
}

TEST(CallTable, CountsWhatIsOutstandingAtEachPeer) {
  call_table table;
  const auto first = table.begin();
  const auto second = table.begin();
  EXPECT_EQ(table.outstanding(a), 0U);
  table.written(first, a, 1);
  table.written(second, a, 2);
  EXPECT_EQ(table.outstanding(a), 2U);
  ASSERT_TRUE(table.where(second));
  EXPECT_EQ(table.where(second)->position, 2U);
  table.end(first, &a);
  EXPECT_EQ(table.outstanding(a), 1U);
  table.end(second);
  EXPECT_EQ(table.outstanding(a), 0U);
  EXPECT_FALSE(table.where(second));
}

TEST(CallTable, AgreesWithAPlainListWhateverIsDone) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    random_source random{seed};
    call_table table;
    std::map<std::uint64_t, std::optional<call_table::placed>> expected;
    std::vector<std::uint64_t> begun{12345};  // one that never was
    for (int step = 0; step < 200; ++step) {
      const auto id = begun[random.below(begun.size())];
      const auto peer = random.below(2) == 0 ? a : b;
      const auto known = expected.find(id);
      switch (random.below(4)) {
        case 0:
          begun.push_back(table.begin());
          expected[begun.back()];
          break;
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
          for (auto& [call, at] : expected) {
            if (at && at->peer == peer) {
              lost.emplace_back(
                  call, at->position > taken ? outcome::not_sent : outcome::outcome_unknown);
              at.reset();
            }
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
