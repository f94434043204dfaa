// SPDX-License-Identifier: MPL-2.0
// Whom the map asks next, and what it shows of who hangs or goes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kith/web/domain_picture.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

member_info member(const std::string& service, const std::string& id,
                   const std::string& state = "alive") {
  member_info one;
  one.id = id;
  one.service = service;
  one.instance = id;
  one.state = state;
  one.in_rotation = true;
  return one;
}

class Picture : public testing::Test {
 protected:
  std::vector<member_info> look(const std::vector<member_info>& members, duration pass = 0s) {
    now_ += pass;
    return picture_.look(members, now_);
  }
  void answer(const std::string& id, std::uint64_t callees = 0) {
    node_status status;
    status.self.id = id;
    status.phase = "running";
    status.uptime_us = (now_ - begin_).count() / 1000;
    for (std::uint64_t i = 0; i < callees; ++i) {
      status.callees.push_back({"x", "x", "x", 1, 0, 0, {}});
    }
    picture_.on_answer(id, std::move(status), now_);
  }
  map_node shown(const std::string& id) {
    for (const auto& one : picture_.document().nodes) {
      if (one.id == id) {
        return one;
      }
    }
    return {};
  }

  const time_point begin_{};
  time_point now_ = begin_ + 100s;
  domain_picture picture_{"me"};
};

TEST_F(Picture, EachIsAskedOnceASecond) {
  const std::vector all{member("order", "a"), member("order", "b")};
  EXPECT_THAT(look(all), SizeIs(2));
  EXPECT_THAT(look(all, 5s), IsEmpty()) << "they have not answered yet";
  answer("a");
  ASSERT_THAT(look(all), SizeIs(1)) << "who hangs delays nobody else";
  answer("a");
  EXPECT_THAT(look(all, 900ms), IsEmpty());
  EXPECT_THAT(look(all, 100ms), SizeIs(1));
}

TEST_F(Picture, OfManyOnlySomeAreAskedAtOnce) {
  std::vector<member_info> all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(member("order", "n" + std::to_string(i)));
  }
  std::size_t asked = 0;
  for (int i = 0; i < 20; ++i) {
    const auto some = look(all, 100ms);
    ASSERT_LE(some.size(), domain_picture::most_asked);
    asked += some.size();
    for (const auto& one : some) {
      answer(one.id);
    }
  }
  EXPECT_EQ(asked, 200U) << "each once in 5 s, and everybody in time";
}

TEST_F(Picture, WhoDoesNotAnswerIsShownWithWhatIsKnown) {
  const std::vector all{member("order", "a")};
  look(all);
  answer("a");
  look(all, 1s);
  picture_.on_failure("a", {errc::deadline_exceeded, "no answer in time"}, now_);
  EXPECT_EQ(shown("a").state, "silent");
  EXPECT_THAT(shown("a").why, testing::HasSubstr("no answer in time"));
  look(all, 1s);
  answer("a");
  EXPECT_EQ(shown("a").state, "running");
  EXPECT_EQ(shown("a").why, "");
}

TEST_F(Picture, WhoMayNotBeAskedIsToldApart) {
  look({member("order", "a")});
  picture_.on_failure("a", {errc::permission_denied, "kith.status is not given"}, now_);
  EXPECT_EQ(shown("a").state, "denied");
  look({member("order", "a", "suspect")});
  EXPECT_EQ(shown("a").state, "suspect");
  look({member("order", "a")});
  EXPECT_EQ(shown("a").state, "denied");
}

TEST_F(Picture, WhoIsGoneIsShownForAWhileWithTheReason) {
  look({member("order", "a"), member("order", "b")});
  answer("a");
  auto dead = member("order", "a", "dead");
  dead.why = "the link broke";
  look({dead, member("order", "b")}, 1s);
  EXPECT_EQ(shown("a").state, "dead");
  EXPECT_EQ(shown("a").why, "the link broke");
  look({member("order", "b")}, 14s);
  EXPECT_EQ(shown("a").state, "dead");
  look({member("order", "b")}, 2s);
  EXPECT_EQ(shown("a").id, "");
}

TEST_F(Picture, WhoWasGoneBeforeAnybodyLookedIsNotShown) {
  EXPECT_THAT(look({member("order", "a", "dead")}), IsEmpty());
  EXPECT_THAT(picture_.document().nodes, IsEmpty());
}

TEST_F(Picture, AnAnswerThatComesTooLateChangesNothing) {
  look({member("order", "a")});
  look({member("order", "a", "left")}, 1s);
  answer("a");
  EXPECT_EQ(shown("a").state, "left");
}

TEST_F(Picture, AClientIsOnTheMapAndAToolIsNot) {
  look({member("", "shop"), member("", "tool")});
  EXPECT_THAT(picture_.document().nodes, IsEmpty());
  answer("shop", 1);
  answer("tool");
  ASSERT_THAT(picture_.document().nodes, SizeIs(1));
  EXPECT_EQ(shown("shop").state, "running");
}

TEST_F(Picture, TheBooksAreComparedWhenEverybodyHasAnsweredTwice) {
  const std::vector all{member("order", "a"), member("order", "b")};
  EXPECT_EQ(picture_.document().books.state, "looking");
  for (int i = 0; i < 4; ++i) {
    for (const auto& one : look(all, 1s)) {
      answer(one.id);
    }
  }
  look(all);
  EXPECT_EQ(picture_.document().books.state, "balanced");
}

TEST_F(Picture, BooksThatAreOffAreSaidWhenPatienceEnds) {
  const std::vector all{member("order", "a"), member("order", "b")};
  const auto wrong = [this](const std::string& id) {
    node_status status;
    status.self.id = id;
    status.phase = "running";
    status.uptime_us = (now_ - begin_).count() / 1000;
    if (id == "a") {
      status.hearings.push_back({"b", "t", 0, 9, 5, 1, true});  // three are nowhere
    }
    picture_.on_answer(id, std::move(status), now_);
  };
  for (int i = 0; i < 5; ++i) {
    for (const auto& one : look(all, 1s)) {
      wrong(one.id);
    }
  }
  EXPECT_EQ(picture_.document().books.state, "looking") << "it may yet come";
  for (int i = 0; i < 6; ++i) {
    for (const auto& one : look(all, 1s)) {
      wrong(one.id);
    }
  }
  const auto books = picture_.document().books;
  EXPECT_EQ(books.state, "unbalanced");
  ASSERT_THAT(books.findings, testing::Not(IsEmpty()));
  EXPECT_THAT(books.findings[0], testing::HasSubstr("a: topic t of b"));
}

}  // namespace
}  // namespace kith::tool
