// SPDX-License-Identifier: MPL-2.0
#include "kith/base/lost_members.hpp"

#include <gtest/gtest.h>

namespace kith::tool {
namespace {

member_info member(const char* id, const char* service, const char* instance, const char* state) {
  member_info m;
  m.id = id;
  m.service = service;
  m.instance = instance;
  m.state = state;
  m.in_rotation = m.state == "alive";
  return m;
}

member_info hung() {
  auto m = member("bbbbbbbb", "order", "order-2", "dead");
  m.why = "silent for 4061 ms, it cannot be dialled: no answer in time";
  m.silent_ms = 4061;
  m.via = "tcp";
  return m;
}

const std::vector<member_info> own{member("aaaaaaaa", "order", "order-1", "alive")};

TEST(LostMembers, AreKnownFromOthers) {
  const auto lost = lost_among(own, {{"order-1", {own.front(), hung()}}});
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost_text(lost[0]),
            "order-2 (bbbbbbbb) does not answer; order-1 says: silent for 4061 ms, it cannot be "
            "dialled: no answer in time");
  EXPECT_EQ(lost[0].state, "dead");
  EXPECT_EQ(lost[0].via, "");
  EXPECT_FALSE(has_ended(lost[0]));
}

TEST(LostMembers, AreThoseTooThatWeHaveNotGreetedOurselves) {
  auto silent = member("cccccccc", "payment", "payment-1", "suspect");
  silent.why = "heard of, not greeted yet";
  auto members = own;
  members.push_back(silent);
  const auto lost = lost_among(members, {});
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].why, "does not answer: heard of, not greeted yet");
}

TEST(LostMembers, AreToldOfByWhoHeardThemLast) {
  auto alive = hung();
  alive.state = "alive";
  alive.silent_ms = 10;
  const auto lost = lost_among(own, {{"order-1", {hung()}}, {"payment-1", {alive}}});
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].why, "does not answer us; payment-1 hears it");
  EXPECT_FALSE(lost[0].in_rotation);
}

TEST(LostMembers, AreNotThoseWhoHaveGoneOrComeBackAndNoTools) {
  auto left = hung();
  left.state = "left";
  auto older = hung();
  older.id = "dddddddd";
  older.instance = "order-1";
  auto tool = hung();
  tool.id = "eeeeeeee";
  tool.service.clear();
  const std::vector<acquaintances> told{{"order-1", {left, older, tool}}};
  EXPECT_TRUE(lost_among(own, told).empty());
  EXPECT_EQ(tools_among(own, told), (std::map<std::string, std::string>{{"eeeeeeee", "order-2"}}));
}

TEST(LostMembers, WhoseProcessHasEndedAreToldApart) {
  auto ended = hung();
  ended.why = "silent for 1900 ms, it cannot be dialled: nobody listens there: tcp://x:1: refused";
  const auto lost = lost_among(own, {{"order-1", {ended}}});
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_TRUE(has_ended(lost[0]));
}

}  // namespace
}  // namespace kith::tool
