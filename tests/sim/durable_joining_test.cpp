// SPDX-License-Identifier: MPL-2.0

// Groups that begin while the log grows, and groups that share commits under load.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "durable_rig.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

/// Sources that append all the time.
class growing_log : public durable_rig {
 public:
  explicit growing_log(std::uint64_t seed) : durable_rig{seed} {
    all_.world.keep_trace(false);
    add_source("source-1");
    add_source("source-2");
    EXPECT_TRUE(all_.settle());
    grow();
  }

  /// One event after the other, now and then several, through the instance that lives.
  void grow() {
    if (stopped_) {
      return;
    }
    const std::string by = all_.up("source-1") ? "source-1" : "source-2";
    for (auto count = 1 + (chance(8) == 0 ? chance(40) : 0); count > 0; --count) {
      all_.on(by, [&](node& n) { n.spawn(append_one(now_[by]->out, next_++, false)); });
    }
    all_.world.after(std::chrono::microseconds{chance(4000)}, [this] { grow(); });
  }
  void run() {
    std::vector<std::string> groups;
    for (const auto* const group : {"early", "middle", "late"}) {
      all_.world.run_for(std::chrono::milliseconds{chance(1500)});
      add_sink(std::string{group} + "-1");
      groups.emplace_back(group);
    }
    options_.start = log_start::now;
    all_.world.run_for(std::chrono::milliseconds{chance(700)});
    add_sink("news-1");
    all_.world.run_for(std::chrono::milliseconds{chance(700)});
    all_.crash("source-1");  // who was asked for the past
    all_.world.run_for(2s);
    stopped_ = true;
    all_.world.run_for(3s);
    const auto log = numbers("source.db", "SELECT sequence FROM kith_log ORDER BY sequence");
    EXPECT_GT(log.size(), 300U);
    for (const auto& group : groups) {
      EXPECT_EQ(sequences(group), log) << group;
    }
    const auto news = sequences("news");
    EXPECT_GT(news.size(), 20U);
    EXPECT_LT(news.size(), log.size());
    EXPECT_EQ(news, std::vector(log.end() - static_cast<std::ptrdiff_t>(news.size()), log.end()));
  }

 private:
  std::uint64_t chance(std::uint64_t bound) { return all_.world.random().below(bound); }
  /// Where in the log the events are that the group has applied, in the order of their effects.
  std::vector<std::int64_t> sequences(const std::string& group) {
    std::map<std::int64_t, std::int64_t> places;
    files_.look("source.db").read([&](transaction& tx) {
      for (const auto& row : tx.query("SELECT sequence, body FROM kith_log")) {
        places[decode<word>(row.get<blob>(1).octets).value().number] = row.get<std::int64_t>(0);
      }
    });
    std::vector<std::int64_t> all;
    for (const auto number : seen(group)) {
      all.push_back(places.at(number));
    }
    return all;
  }

  std::int64_t next_ = 0;
  bool stopped_ = false;
};

TEST(DurableJoining, ANewGroupHasEachEventOnceInOrderWhileTheLogGrows) {
  for (const auto seed : seeds(20)) {
    const replay how{seed};
    growing_log log{seed};
    log.run();
    if (::testing::Test::HasFailure()) {
      return;
    }
  }
}

class DurableGroupCommit : public testing::Test, public durable_rig {
 protected:
  [[nodiscard]] std::uint64_t commits(const std::string& name) {
    return now_[name]->out.counts().commits;
  }
};

TEST_F(DurableGroupCommit, OfWhoCatchesUpIsForManyEvents) {
  add_source("source-1");
  all_.world.run_for(100ms);
  append("source-1", 0, 2000);
  add_sink("sink-1");
  ASSERT_TRUE(applied("sink", 2000, 10s));
  EXPECT_EQ(seen("sink"), from_to(0, 2000));
  EXPECT_LE(commits("sink-1"), 2000U / 100);
}

TEST_F(DurableGroupCommit, OfWhoFollowsUnderLoadIsForManyEvents) {
  add_source("source-1");
  add_sink("sink-1");
  ASSERT_TRUE(all_.settle());
  all_.world.run_for(1s);
  const auto before = commits("sink-1");
  for (int next = 0; next < 2000; next += 20) {  // 20,000 a second
    all_.on("source-1", [&](node& n) {
      for (int i = next; i < next + 20; ++i) {
        n.spawn(append_one(now_["source-1"]->out, i, false));
      }
    });
    all_.world.run_for(1ms);
  }
  ASSERT_TRUE(applied("sink", 2000, 1s));
  EXPECT_EQ(seen("sink"), from_to(0, 2000));
  EXPECT_LE(commits("sink-1") - before, 2000U / 10);
}

}  // namespace
}  // namespace kith::test
