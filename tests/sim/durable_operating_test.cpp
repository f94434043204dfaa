// SPDX-License-Identifier: MPL-2.0

// What services with durable events answer to those who operate them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <kith/introspection.hpp>

#include "durable_rig.hpp"

namespace kith::test {
namespace {

class Operating : public testing::Test, public durable_rig {
 protected:
  Operating() { all_.add("desk-1"); }

  template <class Request, class Reply>
  outcome_of<Reply> ask(const std::string& service, const method<Request, Reply>& which,
                        const std::type_identity_t<Request>& request = {}) {
    return all_.call("desk-1", service, which, request, {.deadline = 5s});
  }
  /// Of an answer that must be good.
  template <class Request, class Reply>
  Reply answer(const std::string& service, const method<Request, Reply>& which,
               const std::type_identity_t<Request>& request = {}) {
    auto got = ask(service, which, request);
    if (!got.good()) {
      ADD_FAILURE() << got.why().to_string() << "\n" << all_.log_tail();
      return {};
    }
    return std::move(**got.value);
  }
  /// A source, a group whose handler throws at some of its ten events, and its dead letters.
  void bury(std::set<std::int64_t> which) {
    poison_ = std::move(which);
    options_.attempts = 2;
    add_source("source-1");
    add_sink("sink-1");
    ASSERT_TRUE(all_.settle());
    append("source-1", 0, 10);
    ASSERT_TRUE(applied("sink", 10 - poison_.size(), 20s));
    ASSERT_TRUE(all_.world.run_until([&] { return letters() == poison_.size(); }, 5s));
  }
  std::size_t letters() {
    return static_cast<std::size_t>(number("sink.db", "SELECT count(*) FROM kith_dead_letter"));
  }
};

TEST_F(Operating, AStatusTellsTheDeadLettersThatWaitAndHowLongEventsTook) {
  bury({3, 7});
  auto status = answer("sink", get_status);
  ASSERT_EQ(status.follows.size(), 1U);
  EXPECT_TRUE(status.follows[0].mine);
  EXPECT_EQ(status.follows[0].letters, 2U);
  ASSERT_EQ(status.event_times.size(), 1U);
  EXPECT_EQ(status.event_times[0].topic, "rig.counted");
  EXPECT_EQ(status.event_times[0].group, "sink");
  EXPECT_EQ(status.event_times[0].took.count, 8U);
  const auto dead = answer("sink", list_dead);
  answer("sink", drop_dead, {{dead.letters.at(0).id}});
  EXPECT_TRUE(all_.world.run_until(
      [&] { return answer("sink", get_status).follows.at(0).letters == 1; }, 30s))
      << "with the next renewal of the lease";
}

TEST_F(Operating, ALogTellsItsExtentAndWhoReadsIt) {
  add_source("source-1");
  add_sink("fast-1");
  ASSERT_TRUE(all_.settle());
  auto status = answer("source", get_log_status);
  EXPECT_EQ(status.first, 1U);
  EXPECT_EQ(status.last, 0U);
  EXPECT_FALSE(status.oldest_us);
  append("source-1", 0, 100);
  ASSERT_TRUE(applied("fast", 100, 5s));
  all_.world.run_for(15s);
  status = answer("source", get_log_status);
  EXPECT_EQ(status.log, now_["source-1"]->data.identity());
  EXPECT_EQ(status.first, 1U);
  EXPECT_EQ(status.last, 100U);
  EXPECT_EQ(status.octets, static_cast<std::uint64_t>(
                               number("source.db", "SELECT sum(length(body)) FROM kith_log")));
  EXPECT_TRUE(status.oldest_us);
  EXPECT_EQ(status.depth, 0U);
  EXPECT_EQ(status.appended, 100U);
  ASSERT_EQ(status.readers.size(), 1U);
  EXPECT_EQ(status.readers[0].group, "fast");
  EXPECT_EQ(status.readers[0].sequence, 100U);
}

TEST_F(Operating, AGroupIsForgottenWhenItIsGoneAndWhenSomebodyAsks) {
  add_source("source-1");
  add_sink("gone-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 10);
  ASSERT_TRUE(applied("gone", 10, 5s));
  all_.world.run_for(15s);
  EXPECT_EQ(ask("source", forget_group, {"gone"}).why().what(), errc::failed_precondition);
  EXPECT_EQ(ask("source", forget_group, {"nobody"}).why().what(), errc::not_found);
  all_.stop("gone-1");
  append("source-1", 10, 15);
  all_.world.run_for(2min);
  EXPECT_EQ(ask("source", forget_group, {"gone"}).why().what(), errc::failed_precondition);
  all_.world.run_for(2min);
  ASSERT_EQ(answer("source", get_log_status).readers.size(), 1U);
  const auto done = answer("source", forget_group, {"gone"});
  EXPECT_EQ(done.sequence, 10U);
  EXPECT_EQ(done.unread, 5U);
  EXPECT_TRUE(answer("source", get_log_status).readers.empty());
  EXPECT_THAT(all_.log_tail(), testing::HasSubstr("group gone is forgotten: desk-1 asked for it"));
  EXPECT_EQ(ask("source", forget_group, {"gone"}).why().what(), errc::not_found);
}

TEST_F(Operating, ALogIsShownPageByPageAndNothingIsKeptForWhoLooks) {
  both_topics_ = true;
  add_source("source-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 1000);
  std::vector<std::uint64_t> found;
  log_show_request request;
  request.topics = {"rig.counted"};
  request.key = "odd";
  request.max_events = 300;
  for (;;) {
    const auto page = answer("source", show_log, request);
    for (const auto& event : page.events) {
      found.push_back(event.sequence);
      EXPECT_EQ(event.key, "odd");
    }
    request.from = page.next;
    if (page.next > page.last) {
      break;
    }
  }
  ASSERT_EQ(found.size(), 500U);
  EXPECT_EQ(found.front(), 3U);
  EXPECT_EQ(found.back(), 1999U);
  request = {};
  request.from = 1990;
  EXPECT_EQ(answer("source", show_log, request).events.size(), 11U) << "all topics";
  request.from = 5000;
  const auto none = answer("source", show_log, request);
  EXPECT_TRUE(none.events.empty());
  EXPECT_EQ(none.next, 2001U);
  EXPECT_TRUE(answer("source", get_log_status).readers.empty());
}

TEST_F(Operating, AnyInstanceTellsTheLagOfItsGroup) {
  add_source("source-1");
  add_sink("sink-1");
  add_sink("sink-2");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 50);
  ASSERT_TRUE(applied("sink", 50, 5s));
  all_.world.run_for(3s);
  int mine = 0;
  for (const auto* name : {"sink-1", "sink-2"}) {
    const auto id = all_.at(name).description().id;
    const auto got = all_.call("desk-1", "sink", list_lag, nothing{}, {.instance = id});
    ASSERT_TRUE(got.good());
    ASSERT_EQ((*got.value)->logs.size(), 1U);
    const auto& row = (*got.value)->logs[0];
    EXPECT_EQ(row.group, "sink");
    EXPECT_EQ(row.service, "source");
    EXPECT_EQ(row.log, now_["source-1"]->data.identity());
    EXPECT_EQ(row.applied, 50U);
    EXPECT_EQ(row.last, 50U);
    EXPECT_EQ(row.dead, 0U);
    EXPECT_EQ(row.trouble, "none");
    EXPECT_EQ(row.holder, lag_of("sink-1").mine ? "sink-1" : "sink-2");
    mine += row.mine ? 1 : 0;
  }
  EXPECT_EQ(mine, 1);
  EXPECT_EQ(ask("source", list_lag).why().what(), errc::unknown_method) << "it has no inbox";
}

TEST_F(Operating, LagTellsWhatKeepsALogFromBeingReadOn) {
  bury({2, 5});
  const auto row = answer("sink", list_lag).logs.at(0);
  EXPECT_EQ(row.dead, 2U);
  EXPECT_EQ(row.applied, 10U);
  options_.attempts = 1000;
  all_.crash("sink-1");
  all_.crash("source-1");
  all_.restart("sink-1");
  all_.world.run_for(3s);
  const auto alone = answer("sink", list_lag).logs.at(0);
  EXPECT_EQ(alone.applied, 10U) << "what is in the table is told, though nobody serves the log";
  EXPECT_EQ(alone.dead, 2U);
}

TEST_F(Operating, ALogThatIsOneTooManyIsToldAndCounted) {
  options_.logs = 1;
  add_source("source-1");
  add_source("second-1", "second.db");
  add_sink("sink-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 10);
  append("second-1", 0, 10);
  ASSERT_TRUE(applied("sink", 10, 5s));
  all_.world.run_for(5s);
  EXPECT_EQ(seen("sink").size(), 10U);
  const auto lag = answer("sink", list_lag).logs;
  ASSERT_EQ(lag.size(), 2U);
  const auto& left_out = lag[lag[0].trouble == "none" ? 1 : 0];
  EXPECT_EQ(left_out.trouble, "not_followed");
  EXPECT_NE(left_out.why.find("follows 1 logs, as many as it may"), std::string::npos)
      << left_out.why;
  EXPECT_FALSE(left_out.service.empty());
  EXPECT_EQ(all_.log.count(log_level::error), 1U) << all_.log_tail();
  const auto books = all_.at("sink-1").books();
  const auto row = std::find_if(books.begin(), books.end(), [](const account_info& one) {
    return one.scope == "queue" && one.key == "inbox";
  });
  ASSERT_NE(row, books.end());
  EXPECT_EQ(row->dropped, (std::map<std::string, std::uint64_t>{{"queue_full", 1}}));
}

TEST_F(Operating, DeadLettersAreListedPageByPageAndShown) {
  bury({2, 5, 7});
  dead_list_request request;
  request.max_letters = 2;
  auto page = answer("sink", list_dead, request);
  EXPECT_EQ(page.total, 3U);
  ASSERT_EQ(page.letters.size(), 2U);
  const auto letter = page.letters[0];
  EXPECT_EQ(letter.group, "sink");
  EXPECT_EQ(letter.sequence, 3U);
  EXPECT_EQ(letter.topic, "rig.counted");
  EXPECT_EQ(letter.key, "even");
  EXPECT_EQ(letter.attempts, 2U);
  EXPECT_THAT(letter.error, testing::HasSubstr("planted ?")) << "made to be UTF-8";
  EXPECT_GE(letter.died_us, letter.written_us);
  request.after = page.letters[1].id;
  page = answer("sink", list_dead, request);
  ASSERT_EQ(page.letters.size(), 1U);
  EXPECT_EQ(page.letters[0].sequence, 8U);
  request.group = "other";
  request.after = 0;
  EXPECT_EQ(answer("sink", list_dead, request).total, 0U);

  const auto whole = answer("sink", show_dead, {letter.id});
  EXPECT_EQ(whole.info.id, letter.id);
  EXPECT_EQ(whole.info.octets, whole.body.size());
  const auto event = decode<word>(
      std::string_view{reinterpret_cast<const char*>(whole.body.data()), whole.body.size()});
  ASSERT_TRUE(event);
  EXPECT_EQ(event->number, 2);
  EXPECT_EQ(ask("sink", show_dead, {99}).why().what(), errc::not_found);
}

TEST_F(Operating, ARetryInVainKeepsTheLetterAndCounts) {
  bury({2});
  const auto id = answer("sink", list_dead).letters.at(0).id;
  const auto vain = answer("sink", retry_dead, {id});
  EXPECT_FALSE(vain.applied);
  EXPECT_EQ(vain.attempts, 3U);
  EXPECT_THAT(vain.error, testing::HasSubstr("planted"));
  EXPECT_EQ(seen("sink").size(), 9U) << "nothing of the attempt stands";
  EXPECT_EQ(answer("sink", list_dead).letters.at(0).attempts, 3U);
}

TEST_F(Operating, ARetryAppliesTheEventOnceAndTheLetterIsGone) {
  bury({2, 5});
  poison_.clear();
  int told = 0;
  all_.on("sink-1", [&](node&) { now_["sink-1"]->in->on_applied([&told] { ++told; }); });
  const auto letters_now = answer("sink", list_dead).letters;
  ASSERT_EQ(letters_now.size(), 2U);
  EXPECT_TRUE(answer("sink", retry_dead, {letters_now[1].id}).applied);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(ask("sink", retry_dead, {letters_now[1].id}).why().what(), errc::not_found);
  EXPECT_EQ(seen("sink"), (std::vector<std::int64_t>{0, 1, 3, 4, 6, 7, 8, 9, 5}));
  EXPECT_EQ(letters(), 1U);
}

TEST_F(Operating, TwoWhoRetryTheSameLetterAtOnceApplyItOnce) {
  bury({2});
  poison_.clear();
  add_sink("sink-2");
  all_.add("desk-2");
  ASSERT_TRUE(all_.settle());
  const auto id = answer("sink", list_dead).letters.at(0).id;
  const auto first = all_.begin("desk-1", "sink", retry_dead, dead_letter_request{id},
                                {.instance = all_.at("sink-1").description().id});
  const auto second = all_.begin("desk-2", "sink", retry_dead, dead_letter_request{id},
                                 {.instance = all_.at("sink-2").description().id});
  ASSERT_TRUE(all_.world.run_until([&] { return first->done() && second->done(); }, 5s));
  EXPECT_NE(first->good(), second->good());
  const auto& lost = first->good() ? *second : *first;
  EXPECT_EQ(lost.why().what(), errc::not_found);
  EXPECT_EQ(seen("sink").size(), 10U);
  EXPECT_EQ(letters(), 0U);
}

TEST_F(Operating, ALetterThatNobodyHereCanApplyStays) {
  both_topics_ = true;
  bury({1'000'002});
  both_topics_ = false;
  all_.crash("sink-1");
  all_.restart("sink-1");  // a program without a handler for the second topic
  ASSERT_TRUE(all_.settle());
  const auto id = answer("sink", list_dead).letters.at(0).id;
  const auto got = ask("sink", retry_dead, {id});
  ASSERT_FALSE(got.good());
  EXPECT_EQ(got.why().what(), errc::failed_precondition);
  EXPECT_EQ(letters(), 1U);
}

TEST_F(Operating, OnlyTheLettersThatAreNamedAreDropped) {
  bury({2, 5, 7});
  EXPECT_EQ(ask("sink", drop_dead).why().what(), errc::invalid_argument) << "never all";
  const auto all = answer("sink", list_dead).letters;
  ASSERT_EQ(all.size(), 3U);
  const auto reply = answer("sink", drop_dead, {{all[0].id, 99, all[2].id}});
  EXPECT_EQ(reply.dropped, (std::vector<std::uint64_t>{all[0].id, all[2].id}));
  EXPECT_EQ(reply.missing, std::vector<std::uint64_t>{99});
  EXPECT_EQ(answer("sink", list_dead).letters.at(0).id, all[1].id);
  EXPECT_EQ(seen("sink").size(), 7U);
}

}  // namespace
}  // namespace kith::test
