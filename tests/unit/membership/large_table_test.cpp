// SPDX-License-Identifier: MPL-2.0
// The member table of a large domain (member_watch.cpp).

#include <algorithm>
#include <limits>

#include "unit/membership/table_fixture.hpp"

namespace kith::membership {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// More members than links: 3 links at most, one is kept, two dials at a time.
class LargeTable : public MemberTable {
 protected:
  LargeTable() {
    options_.max_links = 3;
    options_.kept_links = 1;
    options_.max_visits = 2;
    table_ = member_table{id_of(1), "kith", options_, random_source{5}};
  }
  void turn() {
    now_ += milliseconds{100};
    table_.tick(now_);
    table_.balance(now_, [this](const member& m) { return used_ && m.self.id == *used_; });
  }
  /// Who is dialled greets.
  void answer(const std::vector<std::string>& asked) {
    for (const auto& one : asked) {
      if (one.starts_with("connect 0")) {
        table_.on_greeted(description_of(static_cast<std::uint8_t>(one.back() - '0')), now_);
      }
    }
  }
  /// 2 to 6, greeted and balanced; gives those without a link.
  std::vector<std::uint8_t> settle() {
    for (std::uint8_t n = 2; n <= 6; ++n) {
      greet(n);
    }
    for (int turns = 0; turns < 3; ++turns) {
      turn();
      answer(actions());
    }
    std::vector<std::uint8_t> probed;
    for (std::uint8_t n = 2; n <= 6; ++n) {
      if (at(n).probed && !at(n).linked) {
        probed.push_back(n);
      }
    }
    actions();
    return probed;
  }
  /// Runs until that one is dialled; who else is meanwhile answers.
  void until_probed(std::uint8_t n) {
    const std::string wanted = "connect 0" + std::to_string(n);
    for (int turns = 0; turns < 200; ++turns) {
      turn();
      const auto asked = actions();
      for (const auto& done : asked) {
        if (done == wanted) {
          return;
        }
      }
      answer(asked);
      for (std::uint8_t other = 2; other <= 6; ++other) {
        table_.on_heard(id_of(other), now_);
      }
    }
    FAIL() << "it is never probed";
  }
  /// Who is dialled meanwhile does not answer; the linked are heard. Keeps what was said.
  void wait(duration length) {
    said_.clear();
    for (const auto end = now_ + length; now_ < end;) {
      for (std::uint8_t n = 2; n <= 6; ++n) {
        table_.on_heard(id_of(n), now_);
      }
      turn();
      for (auto& one : actions()) {
        said_.push_back(std::move(one));
      }
    }
  }
  static node_id other_than(std::uint8_t n) { return id_of(n == 2 ? 3 : 2); }

  std::optional<node_id> used_;
  std::vector<std::string> said_;
};

TEST_F(LargeTable, GreetsAllAFewAtATimeAndKeepsOnlyTheLinksItNeeds) {
  for (std::uint8_t n = 2; n <= 9; ++n) {
    table_.on_candidate(candidate_of(n), now_);
  }
  std::size_t dialled = 0;
  for (const auto& one : actions()) {
    dialled += one.starts_with("connect") ? 1 : 0;
  }
  EXPECT_EQ(dialled, 3U) << "it was not large yet";
  turn();
  EXPECT_THAT(actions(), IsEmpty()) << "two at a time, and three are under way";
  table_.on_greeted(description_of(2), now_);
  table_.on_greeted(description_of(3), now_);
  table_.on_greeted(description_of(4), now_);
  turn();
  const auto done = actions();
  EXPECT_EQ(std::count_if(done.begin(), done.end(),
                          [](const auto& one) { return one.starts_with("connect"); }),
            2);
  EXPECT_EQ(std::count_if(done.begin(), done.end(),
                          [](const auto& one) { return one.starts_with("drop"); }),
            2)
      << "one of the three is kept";
  EXPECT_TRUE(at(2).in_rotation() && at(3).in_rotation() && at(4).in_rotation());
}

TEST_F(LargeTable, AUsedMemberHasALinkForAsLongAsItIsUsed) {
  const auto n = settle().front();
  table_.use(id_of(n), now_);
  EXPECT_THAT(actions(), ElementsAre("connect 0" + std::to_string(n)));
  used_ = id_of(n);
  table_.on_greeted(description_of(n), now_);
  turn();
  EXPECT_TRUE(at(n).linked);
  used_.reset();
  wait(seconds{6});
  EXPECT_FALSE(at(n).linked);
  EXPECT_TRUE(at(n).in_rotation());
}

TEST_F(LargeTable, AProbeThatIsNotAnsweredIsASuspicionOnlyWhenNobodyElseHearsIt) {
  const auto n = settle().front();
  until_probed(n);
  table_.on_dial_failed(id_of(n), "timed out", false, now_);
  EXPECT_THAT(actions(), ElementsAre("ask 0" + std::to_string(n)));
  EXPECT_TRUE(at(n).in_rotation());
  table_.on_vouched(id_of(n), now_);
  EXPECT_THAT(actions(), ElementsAre("drop 0" + std::to_string(n)));
  EXPECT_TRUE(at(n).in_rotation());
  EXPECT_FALSE(table_.has_rumours());

  until_probed(n);
  table_.on_dial_failed(id_of(n), "timed out", false, now_);
  table_.on_unheard(id_of(n), now_);
  EXPECT_EQ(at(n).state, member_state::suspect);
  const auto news = table_.take_rumours(10);
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].state, member_state::suspect);
  EXPECT_EQ(news[0].accuser, id_of(1));
}

TEST_F(LargeTable, ARefusedProbeIsADeathInTwoSeconds) {
  const auto n = settle().front();
  until_probed(n);
  table_.on_dial_failed(id_of(n), "refused", true, now_);
  EXPECT_EQ(at(n).state, member_state::suspect);
  pass(milliseconds{1800});
  EXPECT_EQ(at(n).state, member_state::dead);
}

TEST_F(LargeTable, WhatOthersSayMakesItLookForItselfAndNothingElse) {
  options_.probes = 0;
  table_ = member_table{id_of(1), "kith", options_, random_source{5}};
  const auto n = settle().front();
  for (const auto state : {member_state::suspect, member_state::dead, member_state::left}) {
    auto told = update{};
    told.id = id_of(n);
    told.state = state;
    table_.on_update(told, other_than(n), now_);
    EXPECT_TRUE(at(n).in_rotation());
    EXPECT_TRUE(table_.has_rumours()) << "it is passed on";
    turn();
    EXPECT_THAT(actions(), ElementsAre("connect 0" + std::to_string(n))) << name_of(state);
    table_.on_greeted(description_of(n), now_);
    EXPECT_FALSE(table_.has_rumours()) << "it is old news now";
    turn();
    actions();
    table_.on_update(told, other_than(n), now_);
    EXPECT_FALSE(table_.has_rumours()) << "what goes round ends";
    wait(seconds{1});
    EXPECT_THAT(said_, IsEmpty());
  }
}

TEST_F(LargeTable, AnOtherAddressThatIsToldOfALivingMemberIsNotTaken) {
  const auto n = settle().front();
  auto told = update{};
  told.id = id_of(n);
  told.inbox = "tcp://127.0.0.1:9";
  table_.on_update(told, other_than(n), now_);
  EXPECT_EQ(at(n).dial, candidate_of(n).inbox);
  EXPECT_TRUE(at(n).in_rotation());
}

TEST_F(LargeTable, AccusersShortenASuspicionAndItsAnswerGivesItTime) {
  options_.probes = 0;
  table_ = member_table{id_of(1), "kith", options_, random_source{5}};
  const auto probed = settle();
  const auto n = probed[0];
  revision known = 0;
  const auto accuse = [&](std::uint8_t by) {
    auto told = update{};
    told.id = id_of(n);
    told.revision = known;
    told.state = member_state::suspect;
    told.accuser = id_of(by);
    table_.on_update(told, id_of(by), now_);
  };
  wait(seconds{4});
  accuse(77);
  EXPECT_FALSE(table_.has_rumours()) << "a stranger's word does not count";
  accuse(probed[1]);
  turn();
  table_.on_dial_failed(id_of(n), "timed out", false, now_);
  table_.on_unheard(id_of(n), now_);
  EXPECT_EQ(at(n).state, member_state::suspect);
  accuse(probed[2]);
  table_.on_own_revision(id_of(n), ++known, now_);
  wait(seconds{4});
  EXPECT_EQ(at(n).state, member_state::suspect) << "it has answered: the time begins anew";
  wait(seconds{6});
  EXPECT_EQ(at(n).state, member_state::suspect) << "alone we are not sure yet";
  accuse(probed[1]);
  accuse(probed[2]);
  EXPECT_EQ(at(n).state, member_state::dead);
}

TEST_F(LargeTable, AFailureOfLongAgoDoesNotCount) {
  const auto n = settle().front();
  until_probed(n);
  table_.on_dial_failed(id_of(n), "refused", true, now_);
  table_.on_vouched(id_of(n), now_);
  EXPECT_TRUE(at(n).in_rotation());
  until_probed(n);
  table_.on_dial_failed(id_of(n), "timed out", false, now_);
  table_.on_unheard(id_of(n), now_);
  pass(seconds{3});
  EXPECT_EQ(at(n).state, member_state::suspect);
}

TEST_F(LargeTable, AWaitingCallKeepsItsLinkUntilItIsSent) {
  const auto n = settle().front();
  table_.use(id_of(n), now_);
  actions();
  turn();
  turn();
  turn();
  table_.on_vouched(id_of(n), now_);
  EXPECT_THAT(actions(), IsEmpty()) << "it is still dialled";
}

TEST_F(LargeTable, AnswersItsOwnAccusersOnceForEachRevision) {
  settle();
  auto self = update{};
  self.id = id_of(1);
  table_.on_accused(0, self);
  table_.on_accused(0, self);
  EXPECT_EQ(table_.own_revision(), 1U);
  table_.on_accused(std::numeric_limits<revision>::max(), self);
  EXPECT_EQ(table_.own_revision(), 2U);
  const auto news = table_.take_rumours(10);
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].revision, 2U);
  EXPECT_EQ(news[0].state, member_state::alive);
}

TEST_F(LargeTable, NoAccusationLiftsItsRevisionOutOfReach) {
  settle();
  auto self = update{};
  self.id = id_of(1);
  revision next = 0;
  for (const revision far : {revision{1024}, std::numeric_limits<revision>::max() - 1}) {
    table_.on_accused(far, self);
    EXPECT_EQ(table_.own_revision(), ++next) << "an answer that all follow";
  }
  table_.on_accused(1000, self);
  EXPECT_EQ(table_.own_revision(), 1001U) << "others may have been told of one that we never had";
  for (int i = 0; i < 2000; ++i) {
    table_.on_accused(table_.own_revision(), self);
  }
  EXPECT_EQ(table_.own_revision(), 1024U) << "step by step it does not get there either";
  for (int turns = 0; turns < 110; ++turns) {
    turn();
  }
  table_.on_accused(1024, self);
  EXPECT_EQ(table_.own_revision(), 1025U) << "all have heard of the last one";
}

TEST_F(LargeTable, LinksAllAgainWhenItIsSmallAgain) {
  settle();
  table_.on_goodbye(id_of(6), "", now_);
  table_.on_goodbye(id_of(5), "", now_);
  actions();
  turn();
  for (std::uint8_t n = 2; n <= 4; ++n) {
    table_.on_greeted(description_of(n), now_);
  }
  turn();
  turn();
  turn();
  for (std::uint8_t n = 2; n <= 4; ++n) {
    EXPECT_TRUE(at(n).linked);
  }
}

}  // namespace
}  // namespace kith::membership
