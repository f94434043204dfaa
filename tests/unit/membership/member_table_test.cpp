// SPDX-License-Identifier: MPL-2.0
#include "unit/membership/table_fixture.hpp"

namespace kith::membership {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(MemberTable, DialsACandidateAndKeepsItOutOfRotationUntilItIsGreeted) {
  table_.on_candidate(candidate_of(2), now_);
  EXPECT_THAT(actions(), ElementsAre("02 new>suspect", "connect 02"));
  EXPECT_FALSE(at(2).in_rotation());
  EXPECT_FALSE(at(2).last_resort());
  table_.on_greeted(description_of(2), now_);
  EXPECT_THAT(actions(), ElementsAre("02 suspect>alive"));
  EXPECT_TRUE(at(2).in_rotation());
}

TEST_F(MemberTable, IgnoresItselfOtherDomainsAndNoId) {
  table_.on_candidate(candidate_of(1), now_);
  table_.on_candidate(candidate_of(0), now_);
  auto stranger = candidate_of(3);
  stranger.domain = "other";
  table_.on_candidate(stranger, now_);
  auto strange_peer = description_of(3);
  strange_peer.domain = "other";
  table_.on_greeted(strange_peer, now_);
  EXPECT_THAT(actions(), IsEmpty());
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(MemberTable, SaysARepeatedBeaconOnce) {
  table_.on_candidate(candidate_of(2), now_);
  actions();
  table_.on_candidate(candidate_of(2), now_);
  EXPECT_THAT(actions(), IsEmpty());
}

TEST_F(MemberTable, DialsTheNewEndpointOfAMemberThatIsNotLinked) {
  table_.on_candidate(candidate_of(2), now_);
  actions();
  auto moved = candidate_of(2);
  moved.inbox = "tcp://127.0.0.1:9";
  table_.on_candidate(moved, now_);
  const auto said = table_.take_actions();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(std::get<connect>(said[0]).endpoint, "tcp://127.0.0.1:9");
}

/// As a member of another service may say it, with that id.
candidate foreign(std::uint8_t n, std::string service = "guest") {
  auto made = candidate_of(n);
  made.service = std::move(service);
  made.inbox = "tcp://127.0.0.1:9";
  return made;
}

TEST_F(MemberTable, AnIdThatWasGreetedIsOfOneService) {
  greet(2);
  table_.on_link_lost(id_of(2), "it broke", now_);
  table_.on_dial_failed(id_of(2), "timed out", false, now_);
  actions();
  table_.on_candidate(foreign(2), now_);
  table_.on_candidate(foreign(2, ""), now_);
  EXPECT_THAT(actions(), IsEmpty());
  EXPECT_EQ(at(2).dial, candidate_of(2).inbox);
  EXPECT_EQ(at(2).self.service, "order");
}

TEST_F(MemberTable, BeforeThatAnothersWordCountsOnlyWhereTheFirstLeadsNowhere) {
  table_.on_candidate(foreign(2), now_);
  actions();
  table_.on_candidate(candidate_of(2), now_);
  EXPECT_THAT(actions(), IsEmpty()) << "one is being dialled";
  table_.on_dial_failed(id_of(2), "its key is another one", false, now_);
  table_.on_candidate(foreign(2, ""), now_);
  EXPECT_THAT(actions(), IsEmpty());
  table_.on_candidate(candidate_of(2), now_);
  EXPECT_THAT(actions(), ElementsAre("connect 02"));
  EXPECT_EQ(at(2).dial, candidate_of(2).inbox);
  table_.on_candidate(foreign(2), now_);
  EXPECT_THAT(actions(), IsEmpty()) << "and that one has its chance";
  table_.on_greeted(description_of(2), now_);
  EXPECT_TRUE(at(2).in_rotation());
}

TEST_F(MemberTable, AWordWithTheSameAddressIsDialledAnew) {
  auto claimed = candidate_of(2);
  claimed.service = "guest";
  table_.on_candidate(claimed, now_);
  table_.on_dial_failed(id_of(2), "its key is another one", false, now_);
  actions();
  table_.on_candidate(candidate_of(2), now_);
  EXPECT_THAT(actions(), ElementsAre("connect 02")) << "for another service's key";
}

TEST_F(MemberTable, AcceptsAGreetingFromANodeNobodyAnnounced) {
  table_.on_greeted(description_of(2), now_);
  EXPECT_THAT(actions(), ElementsAre("02 new>alive"));
  EXPECT_TRUE(at(2).in_rotation());
}

TEST_F(MemberTable, SuspectsAfterThreeHeartbeatsOfSilence) {
  greet(2);
  actions();
  pass(milliseconds{800});
  EXPECT_THAT(actions(), IsEmpty());
  pass(milliseconds{100});
  EXPECT_THAT(actions(), ElementsAre("02 alive>suspect"));
  EXPECT_TRUE(at(2).last_resort());
}

TEST_F(MemberTable, RevivesASuspectThatIsHeardAgain) {
  greet(2);
  pass(seconds{1});
  actions();
  table_.on_heard(id_of(2), now_);
  EXPECT_THAT(actions(), ElementsAre("02 suspect>alive"));
}

TEST_F(MemberTable, DialsAnewAtSixHeartbeatsAndBuriesOnlyWhenThatFails) {
  greet(2);
  pass(milliseconds{1700});
  actions();
  pass(milliseconds{100});
  EXPECT_THAT(actions(), ElementsAre("connect! 02"));
  pass(seconds{1});
  EXPECT_EQ(at(2).state, member_state::suspect) << "quiet is not dead";
  EXPECT_THAT(actions(), IsEmpty()) << "it is dialled anew once for each silence";
  table_.on_dial_failed(id_of(2), "no welcome within 1 s", false, now_);
  EXPECT_THAT(actions(), ElementsAre("ask 02"));
  table_.on_unheard(id_of(2), now_);
  pass(seconds{1});
  EXPECT_EQ(at(2).state, member_state::suspect) << "it may be hard to reach";
  pass(milliseconds{200});
  EXPECT_THAT(actions(), ElementsAre("02 suspect>dead", "drop 02"));
  EXPECT_THAT(at(2).why, HasSubstr("no welcome within 1 s"));
}

TEST_F(MemberTable, ARedialThatIsGreetedEndsTheSuspicion) {
  greet(2);
  pass(seconds{2});
  actions();
  table_.on_greeted(description_of(2), now_);
  EXPECT_THAT(actions(), ElementsAre("02 suspect>alive"));
}

TEST_F(MemberTable, ALostLinkTakesItOutOfRotationAtOnceAndDials) {
  greet(2);
  actions();
  table_.on_link_lost(id_of(2), "connection reset", now_);
  EXPECT_THAT(actions(), ElementsAre("02 alive>suspect", "connect 02"));
  EXPECT_FALSE(at(2).in_rotation());
  EXPECT_FALSE(at(2).last_resort());
  EXPECT_THAT(at(2).why, HasSubstr("connection reset"));
}

TEST_F(MemberTable, AKilledNodeIsDeadWithinTwoSeconds) {
  greet(2);
  table_.on_link_lost(id_of(2), "closed", now_);
  table_.on_dial_failed(id_of(2), "connection refused", true, now_);
  EXPECT_EQ(at(2).state, member_state::suspect);
  pass(milliseconds{1800});
  EXPECT_EQ(at(2).state, member_state::dead);
}

TEST_F(MemberTable, AFailedDialBeforeItWasLastHeardDoesNotCount) {
  greet(2);
  table_.on_link_lost(id_of(2), "closed", now_);
  table_.on_dial_failed(id_of(2), "refused", true, now_);
  table_.on_greeted(description_of(2), now_);
  pass(seconds{5});
  EXPECT_EQ(at(2).state, member_state::suspect);
}

TEST_F(MemberTable, SilenceOfTheBeaconAloneNeverKillsALiveLink) {
  greet(2);
  actions();
  pass(seconds{300}, true);
  EXPECT_THAT(actions(), IsEmpty());
  EXPECT_TRUE(at(2).in_rotation());
}

TEST_F(MemberTable, AGoodbyeIsFinalForThatId) {
  greet(2);
  actions();
  table_.on_goodbye(id_of(2), "SIGTERM", now_);
  EXPECT_THAT(actions(), ElementsAre("02 alive>left", "drop~ 02"));
  table_.on_candidate(candidate_of(2), now_);  // sent before the goodbye
  table_.on_link_lost(id_of(2), "closed", now_);
  table_.on_dial_failed(id_of(2), "refused", true, now_);
  table_.on_heard(id_of(2), now_);
  EXPECT_THAT(actions(), IsEmpty());
  table_.on_greeted(description_of(2), now_);
  EXPECT_THAT(actions(), ElementsAre("drop 02"));
  EXPECT_EQ(at(2).state, member_state::left);
}

TEST_F(MemberTable, ADeadMemberWhoseBeaconIsHeardIsDialledAgain) {
  greet(2);
  table_.on_link_lost(id_of(2), "closed", now_);
  table_.on_dial_failed(id_of(2), "refused", true, now_);
  pass(seconds{2});
  actions();
  table_.on_candidate(candidate_of(2), now_);
  table_.on_candidate(candidate_of(2), now_);
  EXPECT_THAT(actions(), ElementsAre("connect 02"));
  EXPECT_EQ(at(2).state, member_state::dead);
  table_.on_greeted(description_of(2), now_);
  EXPECT_THAT(actions(), ElementsAre("02 dead>alive"));
}

TEST_F(MemberTable, StopsDiallingADeadMemberWhoseBeaconFellSilent) {
  table_.on_candidate(candidate_of(2), now_);
  table_.on_dial_failed(id_of(2), "refused", true, now_);
  pass(seconds{2});
  table_.on_candidate(candidate_of(2), now_);
  actions();
  pass(milliseconds{9900});
  EXPECT_THAT(actions(), IsEmpty());
  pass(milliseconds{100});
  EXPECT_THAT(actions(), ElementsAre("drop 02"));
}

TEST_F(MemberTable, TheNewerLifeOfAnInstanceWinsAndItIsSaid) {
  auto old_life = description_of(2, 10);
  auto new_life = description_of(3, 20);
  new_life.instance = old_life.instance;
  table_.on_greeted(old_life, now_);
  table_.on_greeted(new_life, now_);
  EXPECT_THAT(actions(), ElementsAre("02 new>alive", "03 new>alive", "02 alive>alive"));
  EXPECT_FALSE(at(2).in_rotation());
  EXPECT_TRUE(at(2).linked) << "both are kept";
  EXPECT_THAT(at(2).why, HasSubstr("newer life of order-2"));
  EXPECT_TRUE(at(3).in_rotation());
  table_.on_goodbye(id_of(3), "stopped", now_);
  EXPECT_TRUE(at(2).in_rotation()) << "the older one is the only one again";
}

TEST_F(MemberTable, AnOlderLifeThatIsGreetedLaterStaysOutOfRotation) {
  auto new_life = description_of(3, 20);
  auto old_life = description_of(2, 10);
  old_life.instance = new_life.instance;
  table_.on_greeted(new_life, now_);
  table_.on_greeted(old_life, now_);
  EXPECT_TRUE(at(3).in_rotation());
  EXPECT_FALSE(at(2).in_rotation());
}

TEST_F(MemberTable, ABeaconAloneSupersedesNobody) {
  greet(2);
  auto forged = candidate_of(3, 1'000'000);
  forged.instance = "order-2";
  table_.on_candidate(forged, now_);
  EXPECT_TRUE(at(2).in_rotation());
  table_.on_greeted(description_of(2), now_);
  EXPECT_TRUE(at(2).in_rotation());
}

TEST_F(MemberTable, EqualIncarnationsRankTheSameInWhateverOrderTheyCome) {
  auto a = description_of(2, 5);
  auto b = description_of(3, 5);
  b.instance = a.instance;
  member_table other{id_of(9), "kith"};
  table_.on_greeted(a, now_);
  table_.on_greeted(b, now_);
  other.on_greeted(b, now_);
  other.on_greeted(a, now_);
  EXPECT_EQ(at(2).superseded, other.find(id_of(2))->superseded);
  EXPECT_NE(at(2).superseded, at(3).superseded);
}

TEST_F(MemberTable, ItsOwnStallAccusesNobody) {
  greet(2);
  pass(milliseconds{100}, true);
  actions();
  now_ += seconds{10};
  table_.tick(now_);
  EXPECT_THAT(actions(), IsEmpty());
  pass(milliseconds{800});
  EXPECT_THAT(actions(), IsEmpty()) << "it has the whole time again";
  pass(milliseconds{100});
  EXPECT_THAT(actions(), ElementsAre("02 alive>suspect"));
}

TEST_F(MemberTable, AFailedDialRightAfterItsOwnStallBuriesNobody) {
  greet(2);
  pass(milliseconds{100}, true);
  now_ += seconds{10};
  table_.on_link_lost(id_of(2), "closed", now_);
  table_.on_dial_failed(id_of(2), "timed out", false, now_);
  EXPECT_EQ(at(2).state, member_state::suspect);
}

TEST_F(MemberTable, ALateTickThatIsNoStallForgivesNothing) {
  greet(2);
  table_.tick(now_);
  for (int i = 0; i < 2; ++i) {
    now_ += milliseconds{450};
    table_.tick(now_);
  }
  EXPECT_EQ(at(2).state, member_state::suspect);
}

TEST_F(MemberTable, ForgetsTheGoneAfterAMinute) {
  greet(2);
  greet(3);
  table_.on_goodbye(id_of(3), "stopped", now_);
  actions();
  pass(milliseconds{59'900}, true);
  EXPECT_NE(table_.find(id_of(3)), nullptr);
  pass(milliseconds{100}, true);
  EXPECT_EQ(table_.find(id_of(3)), nullptr);
  EXPECT_THAT(actions(), ElementsAre("forgotten 03 for good"));
}

TEST_F(MemberTable, KeepsABoundedNumberOfTheGone) {
  options_.max_gone = 3;
  table_ = member_table{id_of(1), "kith", options_};
  for (std::uint8_t n = 10; n < 20; ++n) {
    now_ += milliseconds{1};
    table_.on_greeted(description_of(n), now_);
    table_.on_goodbye(id_of(n), "", now_);
  }
  table_.tick(now_);
  EXPECT_EQ(table_.size(), 3U);
  EXPECT_NE(table_.find(id_of(19)), nullptr) << "the oldest go first";
}

TEST_F(MemberTable, AFullTableRefusesCandidatesAndCountsThemButEvictsTheGone) {
  options_.max_members = 2;
  table_ = member_table{id_of(1), "kith", options_};
  greet(2);
  greet(3);
  table_.on_candidate(candidate_of(4), now_);
  EXPECT_EQ(table_.refused(), 1U);
  EXPECT_EQ(table_.find(id_of(4)), nullptr);
  actions();
  table_.on_greeted(description_of(4), now_);
  EXPECT_THAT(actions(), ElementsAre("drop 04"));
  table_.on_goodbye(id_of(2), "", now_);
  actions();
  table_.on_candidate(candidate_of(4), now_);
  EXPECT_THAT(actions(), ElementsAre("forgotten 02 for good", "04 new>suspect", "connect 04"));
}

TEST_F(MemberTable, WhoNamesAnyNumberOfNodesTakesThePlacesOfItsOwn) {
  options_.max_members = 4;
  table_ = member_table{id_of(1), "kith", options_};
  greet(2);
  for (std::uint8_t n = 3; n <= 5; ++n) {
    now_ += milliseconds{1};
    table_.on_candidate(foreign(n), now_);
  }
  actions();
  table_.on_candidate(candidate_of(6), now_);
  EXPECT_THAT(actions(), ElementsAre("drop 03", "forgotten 03", "06 new>suspect", "connect 06"));
  for (std::uint8_t n = 7; n <= 50; ++n) {
    now_ += milliseconds{1};
    table_.on_candidate(foreign(n), now_);
  }
  EXPECT_TRUE(at(2).greeted);
  EXPECT_NE(table_.find(id_of(6)), nullptr) << "that of another service stays";
  EXPECT_EQ(table_.size(), 4U);
  EXPECT_EQ(table_.refused(), 0U);
}

TEST_F(MemberTable, SaysWhenALivingMemberDescribesItselfAnew) {
  greet(2);
  actions();
  auto grown = description_of(2);
  grown.methods.push_back({"order.get", 7});
  table_.on_greeted(grown, now_);
  EXPECT_THAT(actions(), ElementsAre("02 alive>alive"));
  EXPECT_EQ(at(2).self.methods.size(), 1U);
}

TEST_F(MemberTable, EventsOfUnknownNodesDoNothing) {
  table_.on_heard(id_of(7), now_);
  table_.on_link_lost(id_of(7), "", now_);
  table_.on_dial_failed(id_of(7), "", true, now_);
  table_.on_goodbye(id_of(7), "", now_);
  EXPECT_THAT(actions(), IsEmpty());
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(MemberTable, SilenceIsNoDeathWhileOthersHearIt) {
  greet(2);
  pass(seconds{2});
  for (int i = 0; i < 10; ++i) {
    table_.on_dial_failed(id_of(2), "timed out", false, now_);
    table_.on_vouched(id_of(2), now_);
    pass(seconds{2});
    EXPECT_EQ(at(2).state, member_state::suspect);
    EXPECT_FALSE(at(2).in_rotation()) << "whether it can be called is for our own link to say";
  }
  table_.on_dial_failed(id_of(2), "timed out", false, now_);
  table_.on_unheard(id_of(2), now_);
  pass(seconds{4});
  EXPECT_EQ(at(2).state, member_state::dead);
}

TEST_F(MemberTable, VisitsMembersInTheOrderOfTheirIds) {
  for (const auto n : {std::uint8_t{5}, std::uint8_t{3}, std::uint8_t{4}}) {
    greet(n);
  }
  std::vector<int> order;
  table_.for_each([&](const member& m) { order.push_back(m.self.id.octets[0]); });
  EXPECT_THAT(order, ElementsAre(3, 4, 5));
}

}  // namespace
}  // namespace kith::membership
