// SPDX-License-Identifier: MPL-2.0

// What a log keeps and for whom, where groups begin to read it, and what they ask for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "durable/log_keeper.hpp"
#include "durable/reader_table.hpp"
#include "durable_rig.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

class Retention : public testing::Test, public durable_rig {
 protected:
  Retention() {
    policy_.retention.every = 1s;
    policy_.retention.age = 10s;
  }
  /// How many events the log of the sources keeps.
  std::int64_t kept() { return number("source.db", "SELECT count(*) FROM kith_log"); }
  bool kept_become(std::int64_t count, duration limit) {
    return all_.world.run_until([&] { return kept() == count; }, limit);
  }
  int lines_with(const std::string& text) {
    return static_cast<int>(
        std::count_if(all_.log.lines().begin(), all_.log.lines().end(),
                      [&](const auto& line) { return line.find(text) != std::string::npos; }));
  }
};

TEST_F(Retention, WhatAllGroupsHaveGoesWhenItIsOld) {
  add_source("source-1");
  add_sink("fast-1");
  add_sink("slow-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 3000);
  ASSERT_TRUE(applied("fast", 3000, 5s));
  ASSERT_TRUE(applied("slow", 3000, 5s));
  EXPECT_EQ(kept(), 3000) << "it is young";
  EXPECT_TRUE(kept_become(0, 15s));
  append("source-1", 3000, 3010);
  ASSERT_TRUE(applied("slow", 3010, 2s));
  EXPECT_EQ(seen("slow"), from_to(0, 3010));
  EXPECT_EQ(kept(), 10);
  EXPECT_EQ(number("source.db", "SELECT octets FROM kith_log_octets"), 0) << "counted later";
}

task<void> forget_in_a_second(node& n, durable::log_keeper& keeper) {
  co_await n.sleep(1s);
  co_await keeper.forget("group", "the test");
}

TEST_F(Retention, AGroupThatIsForgottenWhileItsNoteIsWrittenLeavesNoReaderWithoutAName) {
  add_source("source-1");
  all_.world.run_for(100ms);
  auto& out = now_["source-1"]->out;
  std::optional<durable::log_keeper> keeper;
  all_.on("source-1", [&](node& n) {
    out.database().transaction([](transaction& tx) {
      return durable::reader_table::note(tx, {"group", 0, 1});
    });
    keeper.emplace(out, n, policy_.retention);
    n.spawn(forget_in_a_second(n, *keeper));
    keeper->note("group", 5);  // written in a second: it asked before it was forgotten
  });
  all_.world.run_for(1500ms);
  EXPECT_EQ(lines_with("group group is forgotten"), 1) << all_.log_tail();
  all_.on("source-1", [&](node&) { keeper->note("other", 0); });
  all_.world.run_for(1500ms);
  const auto readers = out.database().read(durable::reader_table::readers);
  std::vector<std::string> names;
  for (const auto& one : readers) {
    names.push_back(one.group);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"group", "other"}));
}

TEST_F(Retention, WhatNobodyReadsGoesToo) {
  add_source("source-1");
  append("source-1", 0, 100);
  all_.world.run_for(5s);
  EXPECT_EQ(kept(), 100);
  EXPECT_TRUE(kept_become(0, 10s));
}

TEST_F(Retention, WhatOneGroupLacksIsKept) {
  add_source("source-1");
  add_sink("fast-1");
  add_sink("slow-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 10);
  ASSERT_TRUE(applied("slow", 10, 5s));
  all_.world.run_for(3s);
  all_.crash("slow-1");
  append("source-1", 10, 110);
  all_.world.run_for(60s);
  EXPECT_EQ(seen("fast").size(), 110U);
  EXPECT_EQ(kept(), 100);
  all_.restart("slow-1");
  EXPECT_TRUE(kept_become(0, 20s)) << "it has come, and what it has read is old";
  EXPECT_EQ(seen("slow"), from_to(0, 110));
}

TEST_F(Retention, ARestartOfThePublisherRemembersWhoReads) {
  add_source("source-1");
  add_sink("slow-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 10);
  ASSERT_TRUE(applied("slow", 10, 5s));
  all_.world.run_for(3s);
  all_.crash("slow-1");
  append("source-1", 10, 110);
  all_.world.run_for(1s);
  all_.crash("source-1");
  all_.world.run_for(5s);
  all_.restart("source-1");
  all_.world.run_for(120s);
  EXPECT_EQ(kept(), 100);
  all_.restart("slow-1");
  ASSERT_TRUE(applied("slow", 110, 5s));
  EXPECT_EQ(seen("slow"), from_to(0, 110));
}

TEST_F(Retention, TooMuchOfWhatAllHaveGoes) {
  policy_.retention.age = {};
  policy_.retention.events = 100;
  add_source("source-1");
  add_source("source-2");
  add_sink("fast-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 5000);
  ASSERT_TRUE(applied("fast", 5000, 10s));
  EXPECT_TRUE(kept_become(100, 10s));
  all_.world.run_for(10s);
  EXPECT_EQ(kept(), 100);
  EXPECT_EQ(number("source.db", "SELECT min(sequence) FROM kith_log"), 4901);
  EXPECT_EQ(number("source.db", "SELECT octets FROM kith_log_octets"),
            number("source.db", "SELECT sum(length(body)) FROM kith_log"));
  append("source-2", 5000, 5100);
  ASSERT_TRUE(applied("fast", 5100, 5s));
  EXPECT_EQ(seen("fast"), from_to(0, 5100));
}

TEST_F(Retention, OverTheLimitForUnreadEventsTheGroupIsToldAndStops) {
  policy_.retention.unread_events = 200;
  add_source("source-1");
  add_sink("fast-1");
  add_sink("slow-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 10);
  ASSERT_TRUE(applied("slow", 10, 5s));
  all_.world.run_for(3s);
  all_.crash("slow-1");
  append("source-1", 10, 1010);
  ASSERT_TRUE(kept_become(200, 10s));
  EXPECT_EQ(lines_with("the events 11-810 were retired before group slow had read them"), 1)
      << all_.log_tail();
  all_.restart("slow-1");
  all_.world.run_for(10s);
  EXPECT_EQ(lag_of("slow-1").trouble, log_trouble::gap);
  EXPECT_THAT(lag_of("slow-1").why, testing::HasSubstr("11-810"));
  EXPECT_EQ(seen("slow"), from_to(0, 10)) << "nothing is skipped";
  append("source-1", 1010, 1020);
  all_.world.run_for(10s);
  EXPECT_EQ(seen("slow"), from_to(0, 10));
  EXPECT_EQ(seen("fast"), from_to(0, 1020)) << "who was there lost nothing";
}

TEST_F(Retention, AGroupThatWasToldBeginsAnewWhenItsCursorIsDeleted) {
  policy_.retention.unread_events = 20;
  add_source("source-1");
  add_sink("slow-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 10);
  ASSERT_TRUE(applied("slow", 10, 5s));
  all_.world.run_for(3s);
  all_.crash("slow-1");
  append("source-1", 10, 110);
  ASSERT_TRUE(kept_become(20, 5s));
  all_.restart("slow-1");
  all_.world.run_for(6s);
  ASSERT_EQ(lag_of("slow-1").trouble, log_trouble::gap);
  auto repair = database::open(files_.file("slow.db"));
  repair.transaction([](transaction& tx) { tx.execute("DELETE FROM kith_cursor"); });
  ASSERT_TRUE(applied("slow", 30, 10s)) << "without a restart";
  auto expected = from_to(0, 10);
  const auto kept_ones = from_to(90, 110);
  expected.insert(expected.end(), kept_ones.begin(), kept_ones.end());
  EXPECT_EQ(seen("slow"), expected);
  EXPECT_EQ(lag_of("slow-1").trouble, log_trouble::none);
}

TEST_F(Retention, AZombieThatFindsItsEventsRetiredMissesNothing) {
  policy_.retention.age = {};
  policy_.retention.events = 10;
  add_source("source-1");
  add_sink("fast-1");
  add_sink("fast-2", "fast.db");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 10);
  ASSERT_TRUE(applied("fast", 10, 5s));
  const std::string zombie = lag_of("fast-1").mine ? "fast-1" : "fast-2";
  all_.world.pause(all_.world.node(zombie));
  append("source-1", 10, 200);
  ASSERT_TRUE(applied("fast", 200, 5s));
  ASSERT_TRUE(kept_become(10, 20s));
  all_.world.resume(all_.world.node(zombie));
  all_.world.run_for(10s);
  EXPECT_EQ(all_.log.count(log_level::error), 0U) << all_.log_tail();
  EXPECT_NE(lag_of("fast-1").mine, lag_of("fast-2").mine);
  const std::string other = zombie == "fast-1" ? "fast-2" : "fast-1";
  all_.crash(other);
  append("source-1", 200, 210);
  EXPECT_TRUE(applied("fast", 210, 5s));
  EXPECT_EQ(seen("fast"), from_to(0, 210));
}

TEST_F(Retention, AGroupThatIsGoneForLongIsForgotten) {
  policy_.retention.forget_group = 5min;
  add_source("source-1");
  add_sink("fast-1");
  add_sink("slow-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 10);
  ASSERT_TRUE(applied("slow", 10, 5s));
  all_.world.run_for(3s);
  all_.crash("slow-1");
  append("source-1", 10, 20);
  all_.world.run_for(4min);
  EXPECT_EQ(kept(), 10);
  EXPECT_TRUE(kept_become(0, 3min));
  EXPECT_EQ(lines_with("group slow has not read this log for"), 1);
  EXPECT_EQ(number("source.db", "SELECT count(*) FROM kith_log_reader"), 1);
}

TEST_F(Retention, AGroupThatReadsItsOwnLogIsWaitedForToo) {
  policy_.retention.age = {};
  policy_.retention.events = 5;
  poison_ = {3};
  options_.attempts = 1000;
  add_sink("self-1", "self.db", true);
  all_.world.run_for(1s);
  append("self-1", 0, 50);
  all_.world.run_for(10s);
  EXPECT_EQ(number("self.db", "SELECT min(sequence) FROM kith_log"), 4) << "the poisoned event";
  EXPECT_EQ(number("self.db", "SELECT count(*) FROM kith_log_reader"), 1);
}

TEST_F(Retention, BeginsBehindAGivenEvent) {
  add_source("source-1");
  all_.world.run_for(100ms);
  append("source-1", 0, 100);
  all_.world.run_for(1s);
  options_.start_after = 60;
  add_sink("late-1");
  ASSERT_TRUE(applied("late", 40, 5s));
  EXPECT_EQ(seen("late"), from_to(60, 100));
  options_.start_after = 1000;
  add_sink("wrong-1");
  all_.world.run_for(5s);
  EXPECT_EQ(lag_of("wrong-1").trouble, log_trouble::regressed) << "there is no such event";
  EXPECT_TRUE(seen("wrong").empty());
}

TEST_F(Retention, AGroupThatWantsOneKeyIsSentNoOther) {
  key_ = "odd";
  add_source("source-1");
  add_sink("one-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 100);
  ASSERT_TRUE(applied("one", 50, 5s));
  all_.world.run_for(3s);
  EXPECT_EQ(seen("one").size(), 50U);
  EXPECT_EQ(seen("one").front(), 1);
  EXPECT_EQ(lag_of("one-1").events, 50U) << "those that came";
  EXPECT_EQ(lag_of("one-1").applied, 100U);
}

TEST_F(Retention, AGroupHearsSeveralTopicsInTheOrderOfTheLog) {
  both_topics_ = true;
  add_source("source-1");
  add_sink("two-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 100);
  ASSERT_TRUE(applied("two", 200, 5s));
  std::vector<std::int64_t> expected;
  for (auto i = 0; i < 100; ++i) {
    expected.insert(expected.end(), {i, i + 1'000'000});
  }
  EXPECT_EQ(seen("two"), expected);
}

/// Publishers and groups that die and come back while the log is cut as closely as it may be.
class closely_cut : public durable_rig {
 public:
  explicit closely_cut(std::uint64_t seed) : durable_rig{seed}, chance_{seed} {
    policy_.retention.every = 200ms;
    policy_.retention.events = 3;
    for (const auto* name : {"source-1", "source-2"}) {
      add_source(name);
    }
    for (const auto* name : {"fast-1", "slow-1", "slow-2"}) {
      add_sink(name);
    }
  }
  void run() {
    ASSERT_TRUE(all_.settle());
    all_.world.run_for(3s);  // both groups have begun
    for (std::int64_t next = 0; next < most; next += 10) {
      append(chance_.below(2) == 0 ? "source-1" : "source-2", next, next + 10);
      all_.world.run_for(std::chrono::milliseconds{chance_.below(400)});
      const std::vector<std::string> names{"source-1", "source-2", "fast-1", "slow-1", "slow-2"};
      const auto& victim = names[chance_.below(names.size())];
      all_.crash(victim);
      all_.world.run_for(std::chrono::milliseconds{chance_.below(3000)});
      all_.restart(victim);
    }
    for (const auto* group : {"fast", "slow"}) {
      EXPECT_TRUE(applied(group, most, 60s)) << all_.log_tail();
      EXPECT_EQ(sorted(seen(group)), from_to(0, most));
    }
    all_.world.run_for(5s);
    EXPECT_EQ(number("source.db", "SELECT count(*) FROM kith_log"), 3);
    EXPECT_EQ(number("source.db", "SELECT octets FROM kith_log_octets"),
              number("source.db", "SELECT sum(length(body)) FROM kith_log"));
  }
  [[nodiscard]] std::uint64_t trace_hash() const noexcept { return all_.world.trace_hash(); }

 private:
  static constexpr std::int64_t most = 200;
  static std::vector<std::int64_t> sorted(std::vector<std::int64_t> all) {
    std::sort(all.begin(), all.end());
    return all;
  }
  random_source chance_;
};

TEST(RetentionStorm, NothingThatAGroupLacksIsCutWhoeverDies) {
  for (const auto seed : seeds(10)) {
    const replay scope{seed};
    closely_cut all{seed};
    all.run();
  }
}

TEST(RetentionStorm, OfOneSeedIsOneRun) {
  const auto hash_of = [](std::uint64_t seed) {
    closely_cut all{seed};
    all.run();
    return all.trace_hash();
  };
  const auto first = hash_of(1);
  EXPECT_NE(hash_of(2), first);
  EXPECT_EQ(hash_of(1), first);
}

}  // namespace
}  // namespace kith::test
